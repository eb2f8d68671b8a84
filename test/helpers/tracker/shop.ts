import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { openBrowser, type Visit } from '../browser.ts'
import { noise } from '../pictures.ts'
import { untilTotal } from '../stats.ts'
import { until } from '../until.ts'
import { openWorld, type Person, type World } from '../world.ts'
import { eventsKept } from './in-page.js'

/** What is counted of an image, by type. */
export type Counts = Record<string, number>

/** A web shop on an origin of its own, whose pages have the tracker of a service. */
export interface Shop extends World {
  origin: string
  key: string
  owner: Person
  /** Uploads a picture. @returns its id */
  hangs(): Promise<string>
  /**
   * Publishes a page with the tracker.
   * @param attributes of its script element
   * @param service where it finds the service
   * @returns its address
   */
  publishes(body: string, attributes?: string, service?: string): string
  /** Publishes a page as it is written. @returns its address */
  publishesWhole(page: string): string
  /** Somebody opens an address in a browser that was never here. */
  visits(t: Test, address: string, visit?: Visit): Promise<Page>
  /** Waits until the pages of a browser keep so many events, because they are not acknowledged. */
  untilKept(page: Page, count: number): Promise<void>
  /** Returns the element of a picture. */
  picture(id: string, attributes?: string): string
  /** Waits until exactly this is counted of an image. @returns its stats */
  untilCounted(id: string, counts: Counts): Promise<Stats>
  /** Waits until so many events of a type are counted of an image, whatever else is. */
  untilCountedSoFar(id: string, type: string, count: number): Promise<void>
  /** Returns the events of an image with their places in lists, in the order of time. */
  placesOf(id: string): Promise<{ type: string; listId: string; position: number }[]>
}

interface Stats {
  counts: Counts
  people: { value: number }
  dwell: { totalMs: number } | null
  scroll: { p50: number } | null
  zoom: { p50: number } | null
}

/** Opens a shop, and the service that it uses. */
export async function openShop(t: Test, more: NodeJS.ProcessEnv = {}): Promise<Shop> {
  const browser = await openBrowser(t)
  const world = await openWorld(t, more)
  const pages = new Map<string, string>()
  const origin = await serve(t, pages)
  const { key } = await world.hasKey({ app: 'shop', scopes: ['events:collect'], origins: [origin] })
  const owner = await world.signsUp('owner')

  function publishesWhole(page: string): string {
    const path = `/${pages.size}`
    pages.set(path, `<!doctype html><title>Shop</title>${page}`)
    return origin + path
  }

  return {
    ...world,
    origin,
    key,
    owner,
    async hangs() {
      const { body } = await owner.uploads(await noise(60, 40))
      return body.id
    },
    publishes(body, attributes = '', service = world.url) {
      const script = `<script src="${service}/v1/tracker.js" data-key="${key}" ${attributes} defer></script>`
      return publishesWhole(`${script}<style>body { margin: 0 }</style>${body}`)
    },
    publishesWhole,
    async visits(t, address, visit) {
      const page = await browser.newPage(t, visit)
      await page.goto(address)
      return page
    },
    untilKept: async (page, count) => {
      await until(`${count} events are kept`, async () => (await page.evaluate(eventsKept)) === count)
    },
    picture: (id, attributes = '') =>
      `<img src="${world.url}/v1/images/${id}/file" width="300" height="200" ${attributes} alt="">`,
    untilCounted: (id, counts) => untilCounted(owner, id, counts),
    async untilCountedSoFar(id, type, count) {
      await untilTotal(owner, id, type, count)
    },
    async placesOf(imageId) {
      const events = await world.database.db.collection('events').find({ imageId }).sort({ at: 1 }).toArray()
      return events.map(({ type, listId, position }) => ({ type, listId, position }))
    },
  }
}

async function serve(t: Test, pages: Map<string, string>): Promise<string> {
  const server = createServer(({ url = '' }, answer) => {
    answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(pages.get(url) ?? '<!doctype html>')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function untilCounted(owner: Person, id: string, expected: Counts): Promise<Stats> {
  return until(`${JSON.stringify(expected)} of ${id}`, async () => {
    const { totals } = (await owner.statsOf(id)).body
    const counts = Object.fromEntries(Object.entries<number>(totals.counts).filter(([, count]) => count > 0))
    for (const [type, count] of Object.entries(counts)) {
      if (count > (expected[type] ?? 0))
        throw new Error(`counted ${JSON.stringify(counts)} of ${id}, not ${JSON.stringify(expected)}`)
    }
    return Object.entries(expected).every(([type, count]) => counts[type] === count) && totals
  })
}
