/**
 * `npm run torture:erasure -- --people 40`: visitors are erased while their events go on pouring in, by services that are killed
 * and suspended at random moments. In the end nothing of them may be left, nothing of anybody else may be lost, and every sum
 * must be what the log says.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { mongo } from 'mongoose'
import { uuidv7 } from 'uuidv7'
import { connect, type Database } from '../../src/database/connect.ts'
import { eventId } from '../../src/events/event-id.ts'
import type { Receipt } from '../../src/privacy/erasure/receipt.ts'
import { settled, verified } from './judge.ts'
import { oneOf } from './one-of.ts'
import { APP, aKey, someImages } from './props.ts'
import { busy, onScene, type Scene, type Service, until } from './scene.ts'

const IMAGES = 20
const LANES = 4
const DAY = 86_400_000
const PATIENCE = 6_000
/** Longer than a list of the erased serves, and than erasing waits. */
const LONGEST_SUSPENSION = 40_000
const NEIGHBOUR = 'neighbour'

const { values } = parseArgs({ options: { people: { type: 'string', default: '40' } } })
const say = (line: string) => process.stdout.write(`${line}\n`)

/** What is sent of one visitor or another. */
interface Sent {
  id: string
  at: string
  imageId: string
  type: string
  visitorId: string
}

/** What the senders learnt. */
interface History {
  /** Ids in the log of the neighbour's events that were acknowledged. */
  kept: string[]
  accepted: number
  refused: number
  failed: number
}

await onScene(torture)

async function torture({ services, database, uri, env }: Scene): Promise<boolean> {
  const connection = await connect(uri, env.DATABASE ?? '')
  const { db } = connection
  const erasures = db.collection<Receipt>('erasures')
  const imageIds = await someImages(connection, IMAGES)
  const key = await aKey(services[0]?.target.url ?? '', ['events:write', 'erasures:write'])
  const people = Array.from({ length: Number(values.people) }, (_, i) => `erased-${i}-`)
  const history: History = { kept: [], accepted: 0, refused: 0, failed: 0 }
  const kills: Record<string, number> = {}
  const pouring = new AbortController()
  const killing = new AbortController()
  const lanes = Array.from({ length: LANES }, () =>
    pour([...people, NEIGHBOUR], imageIds, key, services, history, pouring),
  )
  await pause(5_000)
  const killer = killAtRandom(services, erasures, kills, killing)
  await Promise.all(people.map(visitorId => eraseOnce(visitorId, key, services)))
  say(`${people.length} receipts are written`)
  const isErased = { erasedAt: { $exists: true } }
  await until('all are erased', async () => (await erasures.countDocuments(isErased)) === people.length, 1_800)
  const found = await countFound(db, people)
  killing.abort()
  await killer
  await until('all are up', async () => database.ready && services.every(({ ready }) => ready))
  pouring.abort()
  await Promise.all(lanes)
  say('quiet: everybody is looked for once more')
  await erasures.updateMany({ stage: 'erased' }, { $set: { due: new Date(0) } })
  await until('all have been', async () => (await erasures.countDocuments({ stage: 'done' })) === people.length, 600)
  await settled(connection)
  const left = await placesOf(people, connection)
  const lost =
    history.kept.length - (await db.collection('events').countDocuments({ _id: { $in: history.kept } as never }))
  const differences = await verified(connection, env)
  await connection.connection.close()
  say(`kills, by what was under way: ${JSON.stringify(kills)}`)
  say(`events accepted ${history.accepted}, refused ${history.refused}, requests failed ${history.failed}`)
  say(`of people whose receipt said erased there were found, for a while: ${found}`)
  say(`in the end ${JSON.stringify({ left, lost, verify: differences })}`)
  return left.length === 0 && lost === 0 && differences === 0
}

/** Sends events of all of them until it is told to stop, each batch once. */
async function pour(
  visitors: string[],
  imageIds: string[],
  key: string,
  services: Service[],
  history: History,
  { signal }: AbortController,
): Promise<void> {
  while (!signal.aborted) {
    const service = oneOf(services.filter(({ ready }) => ready))
    if (!service) await pause(20)
    else
      await send(
        Array.from({ length: 40 }, () => anEvent(visitors, imageIds)),
        key,
        service,
        history,
      )
  }
}

async function send(events: Sent[], key: string, { target }: Service, history: History): Promise<void> {
  target.inFlight++
  try {
    const response = await post(`${target.url}/v1/events`, events, key)
    if (response.status !== 202) throw new Error(`answered with ${response.status}`)
    const { accepted, rejected = [] } = (await response.json()) as { accepted: number; rejected?: { index: number }[] }
    const refused = new Set(rejected.map(({ index }) => index))
    history.accepted += accepted
    history.refused += refused.size
    const kept = events.filter(({ visitorId }, index) => visitorId === NEIGHBOUR && !refused.has(index))
    history.kept.push(...kept.map(({ id, at, imageId }) => eventId(new Date(at), `app:${APP}`, id, imageId)))
  } catch {
    history.failed++
  } finally {
    target.inFlight--
  }
}

function anEvent(visitors: string[], imageIds: string[]): Sent {
  const at = new Date(Date.now() - Math.random() * 3 * DAY).toISOString()
  const type = oneOf(['view', 'click', 'like', 'save']) ?? 'view'
  return {
    id: uuidv7().slice(0, 8) + Math.random(),
    at,
    imageId: oneOf(imageIds) ?? '',
    type,
    visitorId: oneOf(visitors) ?? '',
  }
}

/** Asks until a service has said that it has the receipt. */
async function eraseOnce(visitorId: string, key: string, services: Service[]): Promise<void> {
  await until(`${visitorId} has a receipt`, async () => {
    const service = oneOf(services.filter(({ ready }) => ready))
    if (!service) return false
    return (await post(`${service.target.url}/v1/erasures`, { app: APP, visitorId }, key)).status === 202
  })
}

function post(url: string, json: unknown, key: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'x-api-key': key }
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(json), signal: AbortSignal.timeout(PATIENCE) })
}

/** Of how many something stands in the log, as a process that was suspended may leave it for a while. */
async function countFound(db: mongo.Db, people: string[]): Promise<number> {
  let found = 0
  for (const visitorId of people) {
    if ((await db.collection('events').countDocuments({ person: `v:${APP}:${visitorId}` })) > 0) found++
  }
  return found
}

/** Kills a service now and then and suspends one, the longer the rarer. */
async function killAtRandom(
  services: Service[],
  erasures: mongo.Collection<Receipt>,
  kills: Record<string, number>,
  { signal }: AbortController,
): Promise<void> {
  while (!signal.aborted) {
    await pause(Math.random() * 1_500)
    const service = oneOf(busy(services))
    if (!service) continue
    const atWork = await erasures.find({ work: { $exists: true } }).toArray()
    const what =
      atWork
        .map(({ work }) => work?.collection)
        .sort()
        .join(' and ') || 'nothing'
    kills[what] = (kills[what] ?? 0) + 1
    if (Math.random() < 0.15) void service.suspend(Math.random() ** 2 * LONGEST_SUSPENSION)
    else service.kill()
  }
}

/** Where in the whole database any of them stands. */
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
