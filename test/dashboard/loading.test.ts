import t, { type Test } from 'tap'
import { endStreams, settle } from '../../scripts/docs/screenshots/rooms.ts'
import { noBrowser, openBrowser } from '../helpers/browser.ts'
import { openGallery, signInOn } from '../helpers/dashboard/gallery.ts'
import { watchAssets, watchPaints } from '../helpers/dashboard/measures.ts'

/** Of the JavaScript that a first visit loads, gzipped. */
const MOST_BYTES = 90_000
/** Good is below 0.1; https://web.dev/cls. */
const MOST_SHIFT = 0.05
/** The code of charts and of the map. */
const CHARTS = /^(plot|map)-/

t.test('the dashboard loads little, and nothing moves while it loads', { skip: noBrowser }, async t => {
  const { url, pictures } = await openGallery(t)
  const browser = await openBrowser(t)
  const library = `${url}/dashboard/`
  const image = `${url}/dashboard/images/${pictures[0]?.id}`

  /** Opens an address as somebody who was never here. @returns the files that are loaded, with their sizes */
  async function firstVisit(t: Test, address: string) {
    const page = await browser.newPage(t)
    const assets = watchAssets(page)
    await page.goto(address)
    await settle(page)
    await page.waitForLoadState('networkidle')
    return assets()
  }

  for (const [name, address] of Object.entries({ library, image })) {
    await t.test(`the first visit of the ${name} loads at most 90 kB of JavaScript`, async t => {
      const assets = await firstVisit(t, address)
      const bytes = (ending: string) =>
        [...assets].filter(([file]) => file.endsWith(ending)).reduce((sum, [, size]) => sum + size, 0)
      t.comment(`${name}: ${bytes('.js')} bytes of JavaScript, ${bytes('.css')} of CSS`)
      t.ok(bytes('.js') > 10_000)
      t.ok(bytes('.js') <= MOST_BYTES, [...assets].join(' '))
    })
  }

  await t.test('charts and map are loaded by rooms that show them only', async t => {
    t.same(
      [...(await firstVisit(t, library)).keys()].filter(file => CHARTS.test(file)),
      [],
    )
    const page = await browser.newPage(t)
    await endStreams(page)
    await signInOn(page, url)
    const assets = watchAssets(page)
    await page.goto(`${url}/dashboard/overview`)
    await settle(page)
    await page.waitForLoadState('networkidle')
    t.match([...(await assets()).keys()].filter(file => CHARTS.test(file)).sort(), [/^map-.*/, /^plot-.*/])
  })

  for (const [name, address] of Object.entries({ library, image, overview: `${url}/dashboard/overview` })) {
    await t.test(`nothing moves while the ${name} loads`, async t => {
      const page = await browser.newPage(t)
      await endStreams(page)
      await signInOn(page, url)
      const measures = await watchPaints(page)
      await page.goto(address)
      await settle(page)
      await page.waitForLoadState('networkidle')
      const { firstPaint, largestPaint, shift } = await measures()
      t.comment(`${name}: FCP ${firstPaint} ms, LCP ${largestPaint} ms, CLS ${shift.toFixed(4)}`)
      t.ok(firstPaint > 0)
      t.ok(shift < MOST_SHIFT, `CLS is ${shift}`)
    })
  }
})
