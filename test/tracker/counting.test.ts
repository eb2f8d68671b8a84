import type { Page } from 'playwright-core'
import t from 'tap'
import { noBrowser } from '../helpers/browser.ts'
import { openShop } from '../helpers/tracker/shop.ts'

const TALL = 'style="display: block; width: 300px; height: 3000px"'

t.test('in a page', { skip: noBrowser }, async t => {
  const shop = await openShop(t)
  const leaves = (page: Page) => page.goto(`${shop.origin}/elsewhere`)

  t.test('a picture in the window is an impression, an opened one a view, and each was looked at', async t => {
    const [seen, opened, below] = [await shop.hangs(), await shop.hangs(), await shop.hangs()]
    const space = '<div style="height: 3000px"></div>'
    const address = shop.publishes(
      shop.picture(seen) + shop.picture(opened, 'data-glance-view') + space + shop.picture(below),
    )
    const start = Date.now()
    const page = await shop.visits(t, address)
    await shop.untilKept(page, 2)
    await leaves(page)
    const { dwell } = await shop.untilCounted(seen, { impression: 1, dwell: 1 })
    const total = dwell?.totalMs ?? 0
    t.ok(total >= 1_000 && total < Date.now() - start, `${total} ms`)
    await shop.untilCounted(opened, { view: 1, dwell: 1 })
    await shop.untilCounted(below, {})
  })

  t.test('pictures that come later are found, also in a shadow root that is handed over', async t => {
    const [added, inShadow, changed, element] = [
      await shop.hangs(),
      await shop.hangs(),
      await shop.hangs(),
      await shop.hangs(),
    ]
    const page = await shop.visits(
      t,
      shop.publishes('<div id="place"></div><div id="host"></div><img id="other" width="300" height="100">'),
    )
    await page.evaluate(
      `place.innerHTML = ${JSON.stringify(shop.picture(added))}
      const root = host.attachShadow({ mode: 'open' })
      root.innerHTML = ${JSON.stringify(shop.picture(inShadow))}
      glance.watch(root)
      other.src = ${JSON.stringify(`${shop.url}/v1/images/${changed}/file`)}
      place.insertAdjacentHTML('beforeend', '<div data-glance-image="${element}" style="height: 50px">a canvas</div>')`,
    )
    await shop.untilKept(page, 4)
    for (const image of [added, inShadow, changed, element]) await shop.untilCounted(image, { impression: 1 })
  })

  t.test('a list and the order in it are told, and a click by the place of its picture', async t => {
    const images = [await shop.hangs(), await shop.hangs(), await shop.hangs()]
    const [first = '', , last = ''] = images
    const list = images.map(image => `<a href="#${image}">${shop.picture(image)}</a>`).join('')
    const page = await shop.visits(t, shop.publishes(`<div data-glance-list="popular">${list}</div>`))
    await shop.untilKept(page, 3)
    await page.locator('img').last().click()
    await shop.untilCounted(last, { impression: 1, click: 1 })
    await shop.untilCounted(first, { impression: 1 })
    const places = await shop.placesOf(last)
    t.same(places, [
      { type: 'impression', listId: 'popular', position: 2 },
      { type: 'click', listId: 'popular', position: 2 },
    ])
  })

  t.test(
    'a picture that a list shows again on the same page is one impression, and on another page another',
    async t => {
      const image = await shop.hangs()
      const page = await shop.visits(
        t,
        shop.publishes(`<div id="list" data-glance-list="all">${shop.picture(image)}</div>`),
      )
      await shop.untilKept(page, 1)
      await page.evaluate('list.innerHTML = list.innerHTML')
      await page.waitForFunction(() => performance.now() > 4_000)
      await page.evaluate("history.pushState({}, '', '/other'); list.innerHTML = list.innerHTML")
      await page.waitForFunction(() => performance.now() > 7_000)
      await leaves(page)
      const { counts } = await shop.untilCounted(image, { impression: 2, dwell: 3 })
      t.equal(counts.view, 0)
    },
  )

  t.test('a dialog opens a picture each time, and what is behind it is not looked at', async t => {
    const [behind, opened] = [await shop.hangs(), await shop.hangs()]
    const page = await shop.visits(
      t,
      shop.publishes(`${shop.picture(behind)}<dialog id="box">${shop.picture(opened)}</dialog>`),
    )
    await shop.untilKept(page, 1)
    for (const count of [1, 2]) {
      await page.evaluate('box.showModal()')
      await shop.untilCountedSoFar(opened, 'view', count)
      // The browser draws the page without it before it is opened again.
      await page.evaluate('box.close(); new Promise(resolve => setTimeout(resolve, 300))')
    }
    await leaves(page)
    await shop.untilCounted(opened, { view: 2, dwell: 2 })
    await shop.untilCounted(behind, { impression: 1, dwell: 1 })
  })

  t.test('a picture that does not fit tells how far it was scrolled', async t => {
    const image = await shop.hangs()
    const page = await shop.visits(t, shop.publishes(shop.picture(image, TALL)), { height: 600 })
    await shop.untilKept(page, 1)
    await page.mouse.wheel(0, 900)
    await page.waitForFunction(() => performance.now() > 4_000)
    await leaves(page)
    const { scroll } = await shop.untilCounted(image, { impression: 1, dwell: 1, scroll: 1 })
    t.ok(Math.abs((scroll?.p50 ?? 0) - 0.5) < 0.02, `${scroll?.p50}: 900 and a window of 600 of 3000 pixels`)
  })

  t.test('the wheel with the control key zooms: one zoom for each gesture', async t => {
    const image = await shop.hangs()
    const page = await shop.visits(t, shop.publishes(shop.picture(image, 'data-glance-view')))
    await shop.untilKept(page, 1)
    await page.evaluate(
      "addEventListener('wheel', event => event.ctrlKey && event.preventDefault(), { passive: false })",
    )
    await page.mouse.move(100, 100)
    await page.keyboard.down('Control')
    for (let turn = 0; turn < 10; turn++) await page.mouse.wheel(0, -10)
    await page.keyboard.up('Control')
    const { zoom } = await shop.untilCounted(image, { view: 1, zoom: 1 })
    t.ok(Math.abs((zoom?.p50 ?? 0) - Math.exp(10 * 0.25 * Math.tanh(0.4))) < 0.1, `${zoom?.p50}`)
  })

  t.test('downloads and shares are no clicks; what the app reports itself is counted as it says', async t => {
    const image = await shop.hangs()
    const page = await shop.visits(
      t,
      shop.publishes(
        `<a download href="${shop.url}/v1/images/${image}/file?download=true" onclick="event.preventDefault()">Save</a>
        <button data-glance-share="${image}">Share</button>`,
      ),
    )
    await page.getByText('Save').click()
    await page.getByText('Share').click()
    await page.evaluate(
      `glance.view('${image}')
      glance.zoom('${image}', 2)
      glance.track('dwell', { imageId: '${image}', durationMs: 1200, context: { from: 'a canvas' } })`,
    )
    const counts = { download: 1, share: 1, view: 1, zoom: 1, dwell: 1 }
    t.equal((await shop.untilCounted(image, counts)).dwell?.totalMs, 1200)
  })
})
