import t from 'tap'
import { noBrowser } from '../helpers/browser.ts'
import { openShop, type Shop } from '../helpers/tracker/shop.ts'

t.test('in a page', { skip: noBrowser }, async t => {
  const shop: Shop = await openShop(t)

  t.test('a picture in the window is an impression, an opened one a view, and each was looked at', async t => {
    const [seen, opened, below] = [await shop.hangs(), await shop.hangs(), await shop.hangs()]
    const address = shop.publishes(
      `${shop.picture(seen)}${shop.picture(opened, 'data-glance-view')}<div style="height: 3000px"></div>${shop.picture(below)}`,
    )
    const page = await shop.visits(t, address)
    await shop.untilCounted(seen, { impression: 1 })
    await page.goto('about:blank')
    await shop.untilCounted(seen, { impression: 1, dwell: 1 })
    await shop.untilCounted(opened, { view: 1, dwell: 1 })
    await shop.untilCounted(below, {})
  })
})
