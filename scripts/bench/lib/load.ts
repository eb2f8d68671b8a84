import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import autocannon from 'autocannon'
import { uuidv7 } from 'uuidv7'
import { eventId } from '../../../src/events/event-id.ts'
import { randomFrom } from '../../lib/random.ts'

const IMAGES = 1_000
const random = randomFrom(1)
const imageIds = Array.from({ length: IMAGES }, (_, i) => `bench-${String(i).padStart(4, '0')}`)
const ranks = zipf(IMAGES)

/** Images of every rank, from the one that everybody looks at to a rare one. */
export const watchedImages = [1, 3, 10, 30, 100].map(rank => imageIds[rank - 1] ?? '')

/** Zipf's law with s = 1: how often the first n images are asked for, of all. */
function zipf(n: number): number[] {
  let sum = 0
  const sums = Array.from({ length: n }, (_, i) => (sum += 1 / (i + 1)))
  return sums.map(value => value / sum)
}

function anImage(): string {
  const lot = random()
  return imageIds[ranks.findIndex(share => lot <= share)] ?? ''
}

/** An event as an app's server posts it; it has no id, so that a body can be posted again and again. */
function anEvent() {
  const dwell = random() < 0.2
  return {
    imageId: anImage(),
    type: dwell ? 'dwell' : random() < 0.7 ? 'impression' : 'view',
    ...(dwell ? { durationMs: Math.floor(random() * 9_000) } : {}),
    visitorId: `v${Math.floor(random() * 5_000)}`,
    sessionId: randomUUID(),
    position: Math.floor(random() * 40),
    listId: 'home',
    context: { page: '/home', device: 'phone' },
  }
}

const many = <Item>(count: number, make: () => Item) => Array.from({ length: count }, make)
const singles = many(2_000, () => JSON.stringify(anEvent()))
const lines = Buffer.from(many(2_000, () => `${JSON.stringify(anEvent())}\n`).join(''))
const hundreds = many(50, () => {
  const events = many(100, anEvent)
  const watched = watchedImages.map(id => events.filter(({ imageId }) => imageId === id).length)
  return { body: JSON.stringify(events), watched }
})
const bodies = new Map([
  [1, singles],
  [100, hundreds.map(({ body }) => body)],
  [1_000, many(20, () => JSON.stringify(many(1_000, anEvent)))],
])

/** Events a second that go in by requests of `size` over so many connections; a request that fails counts nothing. @throws when any is refused */
export async function postRate(url: string, size: number, connections: number, seconds: number): Promise<number> {
  const requests = (bodies.get(size) ?? singles).map(body => ({ body }))
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

/** Events a second that go in as newline-delimited JSON over two streams. */
export async function streamRate(url: string, events: number): Promise<number> {
  const started = performance.now()
  await Promise.all([stream(url, events / 2), stream(url, events / 2)])
  return events / ((performance.now() - started) / 1_000)
}

/** Streams so many thousand lines, as fast as they are taken. */
export async function stream(url: string, events: number): Promise<void> {
  const body = Readable.toWeb(
    Readable.from(
      (function* () {
        for (let sent = 0; sent < events; sent += 2_000) yield lines
      })(),
    ),
  )
  const headers = { 'content-type': 'application/x-ndjson', 'x-api-key': 'bench' }
  const response = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: body as never, duplex: 'half' })
  const { accepted } = (await response.json()) as { accepted: number }
  if (accepted !== events) throw new Error(`only ${accepted} of ${events} were accepted`)
}

/** A thousand events as the log keeps them, for a driver to insert; now, or up to `age` ms ago. */
export function logged(age = 0) {
  return many(1_000, () => {
    const at = new Date(Date.now() - Math.floor(random() * age))
    const { visitorId, ...event } = anEvent()
    return { _id: eventId(at, 'app:bench', uuidv7(), event.imageId), ...event, at, person: `v:bench:${visitorId}` }
  })
}

/** One batch of a hundred events. @returns how many of it each watched image got, or undefined when it did not go in */
export async function postHundred(url: string): Promise<number[] | undefined> {
  const hundred = hundreds[Math.floor(random() * hundreds.length)]
  if (!hundred) return undefined
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'bench' },
    body: hundred.body,
  }
  const response = await fetch(`${url}/v1/events`, init)
  await response.arrayBuffer()
  return response.status === 202 ? hundred.watched : undefined
}
