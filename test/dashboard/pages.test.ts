import t from 'tap'
import { noBrowser, openBrowser } from '../helpers/browser.ts'
import { openWorld } from '../helpers/world.ts'

t.test('pages are shown without an error', { skip: noBrowser }, async t => {
  const browser = await openBrowser(t)
  const { url } = await openWorld(t)

  await t.test('the dashboard', async t => {
    const page = await browser.newPage(t)
    await page.goto(url)
    await page.waitForURL(/\/dashboard\//)
    await page.locator('#app > *').first().waitFor()
    t.match(await page.title(), 'Glance')
  })

  await t.test('the documentation of the API', async t => {
    const page = await browser.newPage(t)
    await page.goto(`${url}/docs`)
    await page.getByText('/v1/sessions').first().waitFor()
    t.equal(await page.title(), 'Swagger UI')
  })
})
