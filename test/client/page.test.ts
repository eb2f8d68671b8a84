import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { EVENTS_ONCE } from '../../src/events/log/log.ts'
import { noBrowser, openBrowser } from '../helpers/browser.ts'
import { serveFolders } from '../helpers/client/file-server.ts'
import { loggedEvents } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { openWorld } from '../helpers/world.ts'

const folderOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** A browser, and a service that allows pages of another origin, where the examples are. */
async function anotherOrigin(t: Test) {
  const browser = await openBrowser(t)
  const origin = await serveFolders(t, { '/client/': folderOf('dist/client'), '/': folderOf('examples/client') })
  return { browser, origin, world: await openWorld(t, { CORS_ORIGINS: origin }) }
}

t.test('a page of another origin signs in, uploads, lists and sends events', { skip: noBrowser }, async t => {
  const { browser, origin, world } = await anotherOrigin(t)
  const owner = await world.signsUp('owner')
  for (let size = 10; size < 32; size++) await owner.uploads(await noise(size, size))

  const page = await browser.newPage(t, { errors: [/401/, /415/] })
  const says = (words: string | RegExp) => page.getByRole('status').filter({ hasText: words }).waitFor()
  await page.goto(`${origin}/gallery.html?service=${world.url}`)
  await page.getByLabel('E-mail').fill('owner@example.com')
  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await says(/password/i)
  await page.getByLabel('Password').fill("owner's own password")
  await page.getByRole('button', { name: 'Sign in' }).click()
  await says('Signed in as owner@example.com')
  const pictures = page.getByRole('listitem')
  await until('the first pictures are there', async () => (await pictures.count()) === 20)
  await page.getByRole('button', { name: 'More' }).click()
  await until('all pictures are there', async () => (await pictures.count()) === 22)

  const buffer = await noise(1300, 1300, 'png')
  await page.getByLabel('Upload').setInputFiles({ name: 'lake.png', mimeType: 'image/png', buffer })
  await says('lake.png is uploaded')
  t.equal(await page.locator('progress').getAttribute('value'), '1')

  const text = { name: 'lake.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') }
  await page.getByLabel('Upload').setInputFiles(text)
  await says(/supported/)

  await pictures.first().getByRole('button').click()
  await says('You have seen lake.png')
  t.equal(await loggedEvents(world.database.db, { type: 'view' }), 1)

  await page.reload()
  await says('Signed in as owner@example.com')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  t.match((await owner.gets('/v1/sessions')).body.items.length, 1, 'the session of the page has ended')
})

t.test('events of a page with a key get the right time, whatever its clock says', { skip: noBrowser }, async t => {
  const { browser, origin, world } = await anotherOrigin(t)
  const owner = await world.signsUp('owner')
  const { body: image } = await owner.uploads(await noise(8, 8))
  const { key } = await world.hasKey({ app: 'shop', scopes: ['events:collect'], origins: [origin] })
  const page = await browser.newPage(t)
  await page.clock.setSystemTime(Date.now() - 86_400_000)
  await page.goto(`${origin}/gallery.html`)
  const view = { imageId: image.id, type: 'view', visitorId: 'v-1' }
  const options = { url: world.url, key }
  const start = Date.now()
  // The module is the one that the page loads by its import map.
  const sent = await page.evaluate(
    `import('glance/client').then(({ createClient }) => createClient(${JSON.stringify(options)}).events.send(${JSON.stringify(view)}))`,
  )
  t.match(sent, { accepted: 1, rejected: [] })
  const { at } = (await world.database.db.collection(EVENTS_ONCE).findOne({ imageId: image.id })) as unknown as {
    at: Date
  }
  t.ok(Math.abs(at.getTime() - start) < 3_600_000, String(at))
})
