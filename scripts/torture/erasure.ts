/**
 * `npm run torture:erasure -- --people 40`: erases visitors while their events keep arriving, with services that are killed and
 * suspended at random moments. At the end no data of these visitors may remain, no event of others may be lost, and all roll-ups must
 * equal the log.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { mongo } from 'mongoose'
import { uuidv7 } from 'uuidv7'
import { connect, type Database } from '../../src/database/connect.ts'
import { eventId } from '../../src/events/event-id.ts'
import type { Receipt } from '../../src/privacy/erasure/receipt.ts'
import { countDifferences, waitForRollups } from './checks.ts'
import { APP, createImages, createKey } from './fixtures.ts'
import { randomItem } from './random-item.ts'
import { busy, type Service, type TestBed, waitUntil, withTestBed } from './test-bed.ts'

const IMAGES = 20
const LANES = 4
const DAY_MS = 86_400_000
const REQUEST_TIMEOUT_MS = 6_000
/** Longer than the list of erased people is cached, and than an erasure waits for ingest to settle. */
const MAX_SUSPENSION_MS = 40_000
/** Longer than a start, and then the time in which a mark settles. Most pauses are far shorter. */
const MAX_PAUSE_MS = 15_000
/** A visitor who is not erased. */
const NEIGHBOUR = 'neighbour'

const { values } = parseArgs({ options: { people: { type: 'string', default: '40' } } })
const print = (line: string) => process.stdout.write(`${line}\n`)

/** An event of a visitor, as it is sent. */
const TYPES = ['view', 'click', 'like', 'save'] as const

interface SentEvent {
  id: string
  at: string
  imageId: string
  type: (typeof TYPES)[number]
  visitorId: string
}

/** What the services answered. */
interface History {
  /** Ids of the acknowledged events of the neighbour, as in the log. */
  kept: string[]
  accepted: number
  refused: number
  failed: number
}

await withTestBed(torture)

async function torture({ services, database, uri, env }: TestBed): Promise<boolean> {
  const connection = await connect(uri, env.DATABASE ?? '')
  const { db } = connection
  const erasures = db.collection<Receipt>('erasures')
  const imageIds = await createImages(connection, IMAGES)
  const key = await createKey(services[0]?.target.url ?? '', ['events:write', 'erasures:write'])
  const people = Array.from({ length: Number(values.people) }, (_, i) => `erased-${i}-`)
  const history: History = { kept: [], accepted: 0, refused: 0, failed: 0 }
  const kills: Record<string, number> = {}
  const posting = new AbortController()
  const killing = new AbortController()
  const lanes = Array.from({ length: LANES }, () =>
    postEvents([...people, NEIGHBOUR], imageIds, key, services, history, posting),
  )
  await pause(5_000)
  const killer = killAtRandom(services, erasures, kills, killing)
  await Promise.all(people.map(visitorId => eraseOnce(visitorId, key, services)))
  print(`${people.length} receipts are written`)
  const isErased = { erasedAt: { $exists: true } }
  await waitUntil(
    'all receipts say erased',
    async () => (await erasures.countDocuments(isErased)) === people.length,
    1_800,
  )
  const found = await countFound(db, people)
  killing.abort()
  await killer
  await waitUntil('all processes are ready', async () => database.ready && services.every(({ ready }) => ready))
  posting.abort()
  await Promise.all(lanes)
  print('writers have stopped; searching for all people once more')
  await erasures.updateMany({ stage: 'erased' }, { $set: { due: new Date(0) } })
  await waitUntil(
    'all erasures are done',
    async () => (await erasures.countDocuments({ stage: 'done' })) === people.length,
    600,
  )
  await waitForRollups(connection)
  const left = await placesOf(people, connection)
  const lost =
    history.kept.length - (await db.collection('events').countDocuments({ _id: { $in: history.kept } as never }))
  const differences = await countDifferences(connection, env)
  await connection.connection.close()
  print(`kills, by the collections being erased: ${JSON.stringify(kills)}`)
  print(`events accepted ${history.accepted}, refused ${history.refused}, requests failed ${history.failed}`)
  print(`people with events in the log after their receipt said erased, before the last search: ${found}`)
  print(`result ${JSON.stringify({ left, lost, verify: differences })}`)
  return left.length === 0 && lost === 0 && differences === 0
}

/** Sends events of all visitors until it is stopped, each batch once. */
async function postEvents(
  visitors: string[],
  imageIds: string[],
  key: string,
  services: Service[],
  history: History,
  { signal }: AbortController,
): Promise<void> {
  while (!signal.aborted) {
    const service = randomItem(services.filter(({ ready }) => ready))
    if (!service) await pause(20)
    else
      await send(
        Array.from({ length: 40 }, () => randomEvent(visitors, imageIds)),
        key,
        service,
        history,
      )
  }
}

async function send(events: SentEvent[], key: string, { target }: Service, history: History): Promise<void> {
  target.inFlight++
  try {
    const response = await post(`${target.url}/v1/events`, events, key)
    if (response.status !== 202) throw new Error(`the events were answered with ${response.status}`)
    const { accepted, rejected = [] } = (await response.json()) as { accepted: number; rejected?: { index: number }[] }
    const refused = new Set(rejected.map(({ index }) => index))
    history.accepted += accepted
    history.refused += refused.size
    const kept = events.filter(({ visitorId }, index) => visitorId === NEIGHBOUR && !refused.has(index))
    history.kept.push(
      ...kept.map(({ id, at, imageId, type }) => eventId(new Date(at), `app:${APP}`, id, imageId, type)),
    )
  } catch {
    history.failed++
  } finally {
    target.inFlight--
  }
}

function randomEvent(visitors: string[], imageIds: string[]): SentEvent {
  const at = new Date(Date.now() - Math.random() * 3 * DAY_MS).toISOString()
  const type = randomItem([...TYPES]) ?? 'view'
  return {
    id: uuidv7().slice(0, 8) + Math.random(),
    at,
    imageId: randomItem(imageIds) ?? '',
    type,
    visitorId: randomItem(visitors) ?? '',
  }
}

/** Requests an erasure until a service has acknowledged it. */
async function eraseOnce(visitorId: string, key: string, services: Service[]): Promise<void> {
  await waitUntil(`${visitorId} has a receipt`, async () => {
    const service = randomItem(services.filter(({ ready }) => ready))
    if (!service) return false
    return (await post(`${service.target.url}/v1/erasures`, { app: APP, visitorId }, key)).status === 202
  })
}

function post(url: string, json: unknown, key: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'x-api-key': key }
  return fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify(json),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  })
}

/** Returns the number of people with events in the log; a process that was suspended may have stored some late. */
async function countFound(db: mongo.Db, people: string[]): Promise<number> {
  let found = 0
  for (const visitorId of people) {
    if ((await db.collection('events').countDocuments({ person: `v:${APP}:${visitorId}` })) > 0) found++
  }
  return found
}

/** Kills and suspends services at random moments; long pauses and long suspensions are rarer. */
async function killAtRandom(
  services: Service[],
  erasures: mongo.Collection<Receipt>,
  kills: Record<string, number>,
  { signal }: AbortController,
): Promise<void> {
  while (!signal.aborted) {
    await pause(Math.random() ** 3 * MAX_PAUSE_MS)
    const service = randomItem(busy(services))
    if (!service) continue
    const working = await erasures.find({ work: { $exists: true } }).toArray()
    const what =
      working
        .map(({ work }) => work?.collection)
        .sort()
        .join(' and ') || 'nothing'
    kills[what] = (kills[what] ?? 0) + 1
    if (Math.random() < 0.15) void service.suspend(Math.random() ** 2 * MAX_SUSPENSION_MS)
    else service.kill()
  }
}

/** Searches the whole database for the people. @returns collection and person of each place */
async function placesOf(people: string[], { db }: Database): Promise<string[]> {
  const found = new Set<string>()
  const collections = await db.listCollections().toArray()
  for (const { name } of collections.filter(({ type }) => type !== 'view')) {
    for await (const document of db.collection(name).find()) {
      const text = JSON.stringify(document)
      for (const person of people) if (text.includes(person)) found.add(`${name}: ${person}`)
    }
  }
  return [...found]
}
