import t from 'tap'
import { noBrowser } from '../helpers/browser.ts'
import { openProxy } from '../helpers/tracker/moody-proxy.ts'
import { openShop } from '../helpers/tracker/shop.ts'
import { until } from '../helpers/until.ts'

const HOUR = 3_600_000

t.test('a page and its service', { skip: noBrowser }, async t => {
  const shop = await openShop(t)

  for (const [mood, errors] of [
    ['twice', []],
    ['lost', [/502/]],
    ['swallowed', [/502/]],
    ['refused', [/503/]],
  ] as const) {
    t.test(`a request that is ${mood} counts once`, async t => {
      const image = await shop.hangs()
      const proxy = await openProxy(t, shop.url)
      proxy.moods.push(mood)
      const page = await shop.visits(t, shop.publishes(shop.picture(image), '', proxy.url), {
        errors: [...errors],
      })
      await until('it was sent', async () => proxy.seen.length > 0)
      await shop.untilKept(page, 0)
      t.equal(proxy.seen.length, mood === 'twice' ? 1 : 2)
      t.equal(new Set(proxy.seen.map(({ body }) => JSON.parse(body)[0].id)).size, 1, 'with the same id')
      await shop.untilCounted(image, { impression: 1 })
    })
  }

  t.test('what a swallowed beacon had is sent by the next page, and what it brought is not counted again', async t => {
    for (const mood of ['swallowed', 'lost', 'passed'] as const) {
      const image = await shop.hangs()
      const proxy = await openProxy(t, shop.url)
      const page = await shop.visits(t, shop.publishes(shop.picture(image), '', proxy.url))
      await shop.untilKept(page, 1)
      proxy.moods.push(mood)
      await page.goto(shop.publishes('', '', proxy.url))
      await shop.untilKept(page, 0)
      t.equal(proxy.seen[0]?.mood, mood, 'the beacon')
      const ids = proxy.seen.flatMap(({ body }) => JSON.parse(body).map(({ id }: { id: string }) => id))
      t.equal(new Set(ids).size, 2, 'the same ids again')
      await shop.untilCounted(image, { impression: 1, dwell: 1 })
    }
  })

  t.test('events are kept until a late answer is there, and are not sent again', async t => {
    const image = await shop.hangs()
    const proxy = await openProxy(t, shop.url)
    proxy.moods.push('late')
    const page = await shop.visits(t, shop.publishes(shop.picture(image), '', proxy.url))
    await until('it was sent', async () => proxy.seen.length > 0)
    await shop.untilCounted(image, { impression: 1 })
    await shop.untilKept(page, 1)
    proxy.release()
    await shop.untilKept(page, 0)
    t.equal(proxy.seen.length, 1)
  })

  t.test('a request that is never answered counts once, as the next page sends it again', async t => {
    const image = await shop.hangs()
    const proxy = await openProxy(t, shop.url)
    proxy.moods.push('unanswered')
    const page = await shop.visits(t, shop.publishes(shop.picture(image), '', proxy.url))
    await until('it was sent', async () => proxy.seen.length > 0)
    await page.goto(shop.publishes('', '', proxy.url))
    await shop.untilKept(page, 0)
    await shop.untilCounted(image, { impression: 1, dwell: 1 })
  })

  t.test('a reload in the middle is another visit, and loses nothing', async t => {
    const image = await shop.hangs()
    const page = await shop.visits(t, shop.publishes(shop.picture(image)))
    await shop.untilKept(page, 1)
    await page.reload()
    await shop.untilKept(page, 0)
    await shop.untilCounted(image, { impression: 2, dwell: 1 })
  })

  t.test('what happens offline is sent once the connection is there again', async t => {
    const image = await shop.hangs()
    const page = await shop.visits(t, shop.publishes(shop.picture(image)))
    await page.context().setOffline(true)
    await until('a request has failed', () => page.waitForEvent('requestfailed'))
    await shop.untilKept(page, 1)
    await page.context().setOffline(false)
    await shop.untilKept(page, 0)
    await shop.untilCounted(image, { impression: 1 })
  })

  t.test('two tabs count their own, and one of them sends what a page before has left', async t => {
    const [left, first, second] = [await shop.hangs(), await shop.hangs(), await shop.hangs()]
    const proxy = await openProxy(t, shop.url)
    const page = await shop.visits(t, shop.publishes(shop.picture(left), '', proxy.url))
    await shop.untilKept(page, 1)
    proxy.moods.push('swallowed')
    const tab = await page.context().newPage()
    await page.goto('about:blank')
    await Promise.all([
      page.goto(shop.publishes(shop.picture(first), '', proxy.url)),
      tab.goto(shop.publishes(shop.picture(second), '', proxy.url)),
    ])
    for (const image of [left, first, second])
      await shop.untilCounted(image, image === left ? { impression: 1, dwell: 1 } : { impression: 1 })
  })

  for (const hours of [-72, 72]) {
    t.test(`a clock that is ${hours} hours off counts now`, async t => {
      const image = await shop.hangs()
      const page = await shop.visits(t, 'about:blank')
      await page.clock.install({ time: Date.now() + hours * HOUR })
      await page.goto(shop.publishes(shop.picture(image)))
      await shop.untilKept(page, 1)
      await shop.untilKept(page, 0)
      await shop.untilCounted(image, { impression: 1 })
      await isOfLastMinutes(image)
    })

    t.test(`also where the time of the service can not be learnt (${hours} hours)`, async t => {
      const image = await shop.hangs()
      const page = await shop.visits(t, 'about:blank', { errors: [/ERR_FAILED/] })
      await page.route('**/v1/time', route => route.abort())
      await page.clock.install({ time: Date.now() + hours * HOUR })
      await page.goto(shop.publishes(shop.picture(image)))
      await shop.untilKept(page, 1)
      await shop.untilKept(page, 0)
      await shop.untilCounted(image, { impression: 1 })
      await isOfLastMinutes(image)
    })
  }

  /** Checks that the events of an image have happened just now. */
  async function isOfLastMinutes(image: string): Promise<void> {
    const from = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 5 * 60_000).toISOString()
    const { body } = await shop.owner.statsOf(image, `?from=${from}&interval=minute`)
    t.equal(body.totals.counts.impression, 1)
  }

  t.test('a page that comes back from the cache of the browser is another visit', async t => {
    const image = await shop.hangs()
    const page = await shop.visits(t, shop.publishes(shop.picture(image)))
    await shop.untilKept(page, 1)
    await page.evaluate('isSame = true')
    await page.goto(`${shop.origin}/elsewhere`)
    await page.goBack({ waitUntil: 'commit' })
    t.equal(await page.evaluate('window.isSame'), true, 'it was kept')
    await shop.untilKept(page, 0)
    await shop.untilCounted(image, { impression: 2, dwell: 1 })
  })
})
