import type { Page } from 'playwright-core'
import t from 'tap'
import { noBrowser } from '../helpers/browser.ts'
import { openShop } from '../helpers/tracker/shop.ts'

const HOUR = 3_600_000

/** Notes the requests of a page to the service, except for pictures. */
function requestsOf(page: Page): string[] {
  const paths: string[] = []
  page.on('request', request => {
    const { pathname } = new URL(request.url())
    if (/^\/v1\/(time|events)/.test(pathname)) paths.push(pathname)
  })
  return paths
}

const setSignal = (name: string, value: unknown) =>
  `Object.defineProperty(Navigator.prototype, '${name}', { get: () => ${JSON.stringify(value)} })`

t.test('a visitor', { skip: noBrowser }, async t => {
  const shop = await openShop(t)

  for (const [name, value] of [
    ['globalPrivacyControl', true],
    ['doNotTrack', '1'],
  ] as const) {
    t.test(`with ${name} is not counted, and nothing is stored or sent, unless the app says so`, async t => {
      const image = await shop.hangs()
      const page = await shop.visits(t, 'about:blank')
      await page.addInitScript(setSignal(name, value))
      const requests = requestsOf(page)
      await page.goto(shop.publishes(shop.picture(image)))
      await page.evaluate(`glance.view('${image}')`)
      await page.waitForFunction(() => performance.now() > 2_000)
      t.same(requests, [])
      t.equal(await page.evaluate('localStorage.length + sessionStorage.length'), 0)
      await page.goto(shop.publishes(shop.picture(image), 'data-signals="ignore"'))
      await shop.untilKept(page, 1)
      await shop.untilCounted(image, { impression: 1 })
    })
  }

  t.test('who has opted out is not counted until they opt in, and what was kept is not sent', async t => {
    const image = await shop.hangs()
    const page = await shop.visits(t, shop.publishes(shop.picture(image)))
    await shop.untilKept(page, 1)
    await page.evaluate('glance.optOut()')
    await shop.untilKept(page, 0)
    t.same(await page.evaluate('Object.keys(localStorage)'), ['glance.out'])
    const requests = requestsOf(page)
    await page.reload()
    await page.waitForFunction(() => performance.now() > 2_000)
    t.same(requests, [])
    await page.evaluate('glance.optIn()')
    await shop.untilKept(page, 1)
    await shop.untilCounted(image, { impression: 1 })
  })

  t.test('is somebody else the next day, in another session, or never, as the app says', async t => {
    for (const [kind, people] of [
      ['daily', 2],
      ['session', 2],
      ['persistent', 1],
    ] as const) {
      const image = await shop.hangs()
      const address = shop.publishes(shop.picture(image), `data-visitor="${kind}"`)
      const page = await shop.visits(t, address)
      await shop.untilKept(page, 1)
      await shop.untilKept(page, 0)
      const tab = await page.context().newPage()
      if (kind !== 'session') {
        // The time of the service, a day ago.
        await tab.route('**/v1/time', route =>
          route.fulfill({
            json: { now: new Date(Date.now() - 24 * HOUR).toISOString() },
            headers: { 'access-control-allow-origin': '*' },
          }),
        )
      }
      await tab.goto(address)
      await shop.untilCountedSoFar(image, 'impression', 2)
      const total = await shop.untilCounted(image, { impression: 2 })
      t.equal(total.people.value, people, kind)
    }
  })

  t.test('gets no cookie', async t => {
    const image = await shop.hangs()
    const page = await shop.visits(t, shop.publishes(shop.picture(image)))
    await shop.untilKept(page, 1)
    await shop.untilKept(page, 0)
    t.same(await page.context().cookies(), [])
  })
})
