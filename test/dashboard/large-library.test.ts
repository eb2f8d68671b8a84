import t from 'tap'
import { uuidv7 } from 'uuidv7'
import { type Image, images } from '../../src/images/image.ts'
import { noBrowser, openBrowser } from '../helpers/browser.ts'
import { scrollToEnd } from '../helpers/dashboard/in-page.js'
import { noise } from '../helpers/pictures.ts'
import { openWorld, type World } from '../helpers/world.ts'

const IMAGES = 10_000
/** Elements, of which some hundred are not those of images. */
const MOST_NODES = 1_000
const MOST_HEAP_BYTES = 32 * 2 ** 20
const SIZES = [
  [3000, 2000],
  [2000, 3000],
  [1600, 1600],
  [3200, 1800],
] as const

/** Stores images that all have the file of one. The first of them is the last in the library. */
async function store({ database, root }: World): Promise<void> {
  const { body } = await (await root()).uploads(await noise(120, 80))
  const model = images(database.connection)
  const one = await model.findById(body.id).lean()
  if (!one) throw new Error('the upload is missing')
  const now = Date.now()
  const others = Array.from({ length: IMAGES - 1 }, (_, i) => {
    const [width, height] = SIZES[i % SIZES.length] ?? [1, 1]
    const uploadedAt = new Date(now - (IMAGES - i) * 1000)
    return { ...one, _id: uuidv7(), uploadedSha256: String(i), title: `Picture ${i + 1}`, width, height, uploadedAt }
  })
  await database.db.collection<Image>('images').insertMany(others)
}

t.test('a library of 10,000 images', { skip: noBrowser }, async t => {
  const world = await openWorld(t)
  await store(world)
  const browser = await openBrowser(t)

  await t.test('is scrolled from its top to its end in bounded memory', async t => {
    const page = await browser.newPage(t)
    const devTools = await page.context().newCDPSession(page)
    const used = async () => {
      await devTools.send('HeapProfiler.collectGarbage')
      const { metrics } = await devTools.send('Performance.getMetrics')
      const metric = (name: string) => metrics.find(one => one.name === name)?.value ?? 0
      return { heap: metric('JSHeapUsedSize'), nodes: metric('Nodes') }
    }
    await devTools.send('Performance.enable')
    await page.goto(`${world.url}/dashboard/`)
    await page.getByRole('list', { name: 'Images' }).getByRole('link').first().waitFor()
    const before = await used()
    const { nodes, frames, slowFrames } = await page.evaluate(scrollToEnd)
    await page.getByRole('link', { name: 'Picture 1', exact: true }).waitFor()
    const after = await used()
    t.comment(`${slowFrames} of ${frames} frames took more than 50 ms; at most ${nodes} elements at once`)
    t.comment(`heap: ${before.heap} bytes at the top, ${after.heap} at the end; ${after.nodes} nodes`)
    t.ok(frames > 200, 'it is long')
    t.ok(nodes < MOST_NODES, `${nodes} elements`)
    t.ok(after.nodes < MOST_NODES, `${after.nodes} nodes are kept`)
    t.ok(after.heap < MOST_HEAP_BYTES, `${after.heap} bytes`)
  })
})
