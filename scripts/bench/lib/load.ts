import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import autocannon from 'autocannon'
import { uuidv7 } from 'uuidv7'
import { eventId } from '../../../src/events/event-id.ts'
import { randomFrom } from '../../lib/random.ts'

const IMAGES = 1_000
const random = randomFrom(1)
const imageIds = Array.from({ length: IMAGES }, (_, i) => `bench-${String(i).padStart(4, '0')}`)
const ranks = zipf(IMAGES)

/** Images of different ranks, from the most frequent to a rare one. */
export const watchedImages = [1, 3, 10, 30, 100].map(rank => imageIds[rank - 1] ?? '')

/** Returns the cumulative distribution of Zipf's law with s = 1: the share of events on the first 1 to n images. */
function zipf(n: number): number[] {
  let sum = 0
  const sums = Array.from({ length: n }, (_, i) => (sum += 1 / (i + 1)))
  return sums.map(value => value / sum)
}

function randomImage(): string {
  const draw = random()
  return imageIds[ranks.findIndex(share => draw <= share)] ?? ''
}

/** Returns an event as the server of an app posts it. It has no id, so that a body can be posted repeatedly. */
function randomEvent() {
  const dwell = random() < 0.2
  return {
    imageId: randomImage(),
    type: dwell ? 'dwell' : random() < 0.7 ? 'impression' : 'view',
    ...(dwell ? { durationMs: Math.floor(random() * 9_000) } : {}),
    visitorId: `v${Math.floor(random() * 5_000)}`,
    sessionId: randomUUID(),
    position: Math.floor(random() * 40),
    listId: 'home',
    context: { page: '/home', device: 'phone' },
  }
}

const repeat = <Item>(count: number, make: () => Item) => Array.from({ length: count }, make)
const singleBodies = repeat(2_000, () => JSON.stringify(randomEvent()))
const ndjsonLines = Buffer.from(repeat(2_000, () => `${JSON.stringify(randomEvent())}\n`).join(''))
const batchesOf100 = repeat(50, () => {
  const events = repeat(100, randomEvent)
  const watched = watchedImages.map(id => events.filter(({ imageId }) => imageId === id).length)
  return { body: JSON.stringify(events), watched }
})
const bodies = new Map([
  [1, singleBodies],
  [100, batchesOf100.map(({ body }) => body)],
  [1_000, repeat(20, () => JSON.stringify(repeat(1_000, randomEvent)))],
])

/**
 * Posts requests of `size` events over a number of connections for some seconds.
 * @returns the accepted events per second; failed requests do not count
 * @throws Error when the service refuses a request
 */
export async function postRate(url: string, size: number, connections: number, seconds: number): Promise<number> {
  const requests = (bodies.get(size) ?? singleBodies).map(body => ({ body }))
  const result = await autocannon({
    url: `${url}/v1/events`,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'bench' },
    connections,
    duration: seconds,
    requests,
  })
  if (result.non2xx > 0) throw new Error(`${result.non2xx} requests were refused`)
  if (result.errors > 0) process.stderr.write(`  (${result.errors} of ${result.requests.total} requests failed)\n`)
  return (result['2xx'] * size) / result.duration
}

/** Posts events as newline-delimited JSON over two streams. @returns the events per second */
export async function streamRate(url: string, events: number): Promise<number> {
  const started = performance.now()
  await Promise.all([stream(url, events / 2), stream(url, events / 2)])
  return events / ((performance.now() - started) / 1_000)
}

/** Posts a stream of events as fast as the service reads it. @param events a multiple of 2,000 */
async function stream(url: string, events: number): Promise<void> {
  const body = Readable.toWeb(
    Readable.from(
      (function* () {
        for (let sent = 0; sent < events; sent += 2_000) yield ndjsonLines
      })(),
    ),
  )
  const headers = { 'content-type': 'application/x-ndjson', 'x-api-key': 'bench' }
  const response = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: body as never, duplex: 'half' })
  const { accepted } = (await response.json()) as { accepted: number }
  if (accepted !== events) throw new Error(`only ${accepted} of ${events} events were accepted`)
}

/** Returns a thousand events as the log stores them, for a driver to insert. @param maxAge of the events, in ms */
export function randomBatch(maxAge = 0) {
  return repeat(1_000, () => {
    const at = new Date(Date.now() - Math.floor(random() * maxAge))
    const { visitorId, ...event } = randomEvent()
    return { _id: eventId(at, 'app:bench', uuidv7(), event.imageId), ...event, at, person: `v:bench:${visitorId}` }
  })
}

/** Posts a batch of 100 events. @returns its number of events on each watched image, or undefined when it was not accepted */
export async function postBatch(url: string): Promise<number[] | undefined> {
  const batch = batchesOf100[Math.floor(random() * batchesOf100.length)]
  if (!batch) return undefined
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'bench' },
    body: batch.body,
  }
  const response = await fetch(`${url}/v1/events`, init)
  await response.arrayBuffer()
  return response.status === 202 ? batch.watched : undefined
}

/** Posts events as batches of 100 over a number of connections, and a refused batch again, until so many are accepted. */
export async function postEvents(url: string, events: number, connections: number): Promise<void> {
  let batches = events / 100
  const lane = async () => {
    while (batches-- > 0) while (!(await postBatch(url))) await pause(100)
  }
  await Promise.all(Array.from({ length: connections }, lane))
}
