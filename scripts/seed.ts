/** `npm run seed [-- --force]`: writes demo data: 50 images, 200 people and a bot, 50,000 events of the last seven weeks. */
import { Readable } from 'node:stream'
import cliProgress from 'cli-progress'
import pLimit from 'p-limit'
import { buildApp } from '../src/app.ts'
import { type Config, loadConfig } from '../src/config/config.ts'
import { connect, type Database } from '../src/database/connect.ts'
import { startEngine } from '../src/engine/engine.ts'
import { readCommand, refuseWords } from './lib/command.ts'
import { openLogOf } from './lib/database.ts'
import { randomFrom } from './lib/random.ts'
import { rollUpAll } from './lib/roll-up-all.ts'
import { type Cast, demoEvents } from './seed/events.ts'
import { createPeople } from './seed/people.ts'
import { wavePicture } from './seed/picture.ts'

const IMAGES = 50
const UPLOADS_AT_ONCE = 4
const EVENTS = 50_000
const DAY_MS = 86_400_000
const HISTORY_MS = 48 * DAY_MS
const OWNER = { email: 'demo@example.com', password: 'the demo password' }

const HELP = `npm run seed -- [--force]

Writes demo data: 50 images, 200 people and a bot, 50,000 events of the last seven weeks. It takes one to three minutes. --force adds them to a
database that is not empty. When it is interrupted, what it has written stays: choose another DATABASE to begin anew. Only roll-ups that
are missing then are written by the service.`

const { force } = readCommand(HELP, { force: { type: 'boolean', default: false } }, (values, words) => {
  refuseWords(words)
  return values
})
const print = (line: string) => process.stdout.write(`${line}\n`)
const random = randomFrom(20_261_124)

try {
  const config = loadConfig({ ...process.env, ADMIN_EMAIL: OWNER.email, ADMIN_PASSWORD: OWNER.password })
  const engine = await startEngine({ ...config.engine, uri: config.mongodbUri, durable: true, progress: print })
  try {
    const database = await connect(engine.uri, config.database)
    await seed(database, config).finally(() => database.connection.close())
  } finally {
    await engine.stop()
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

async function seed(database: Database, config: Config): Promise<void> {
  if (!force && (await database.db.listCollections().toArray()).length > 0) {
    throw new Error(`the database ${config.database} is not empty; --force adds the demo data to it`)
  }
  const bar = new cliProgress.SingleBar({
    format: '{task} [{bar}] {value}/{total}',
    noTTYOutput: true,
    notTTYSchedule: 10_000,
  })
  try {
    await send(database, config, bar)
    await rollUp(database, config, bar)
    print(`the demo admin: ${OWNER.email}, password: ${OWNER.password}`)
  } finally {
    bar.stop()
  }
}

/** Sends images and events to the service, which runs in this process meanwhile. */
async function send(database: Database, config: Config, bar: cliProgress.SingleBar): Promise<void> {
  // A longer acceptance window, so that events of the past seven weeks can be ingested.
  const retention = { ...config.retention, accept: HISTORY_MS + DAY_MS }
  const app = await buildApp({ ...config, retention, rateLimit: 0, logLevel: 'error' }, database)
  try {
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const people = await createPeople(database, config.bcryptCost, HISTORY_MS, random)
    const { accessToken } = await postJson(`${url}/v1/sessions`, OWNER)
    const authorization = `Bearer ${accessToken}`
    const imageIds = await uploadImages(url, authorization, bar)
    await postEvents(url, authorization, { people, imageIds }, bar)
  } finally {
    await app.close()
  }
}

async function uploadImages(url: string, authorization: string, bar: cliProgress.SingleBar): Promise<string[]> {
  bar.start(IMAGES, 0, { task: 'images  ' })
  const limit = pLimit(UPLOADS_AT_ONCE)
  const numbers = Array.from({ length: IMAGES }, (_, i) => i)
  const ids = await limit.map(numbers, async i => {
    const form = new FormData()
    form.append('title', `Wave ${i + 1}`)
    form.append('tags', ['calm', 'bright', 'dark', 'warm'][i % 4] ?? 'calm')
    if (i % 5 === 0) form.append('tags', 'abstract')
    form.append('file', new Blob([new Uint8Array(await wavePicture(random))]), `wave-${i + 1}.jpg`)
    const { id } = await post(`${url}/v1/images`, { headers: { authorization }, body: form })
    bar.increment()
    return id
  })
  bar.stop()
  return ids
}

/** Posts all events as one stream, which the service reads as fast as it stores them. */
async function postEvents(url: string, authorization: string, cast: Cast, bar: cliProgress.SingleBar): Promise<void> {
  const request = { name: 'the demo', app: 'demo', scopes: ['events:write'] }
  const { key } = await postJson(`${url}/v1/keys`, request, { authorization })
  bar.start(EVENTS, 0, { task: 'events  ' })
  function* lines() {
    for (const event of demoEvents(cast, EVENTS, random)) {
      bar.increment()
      yield `${JSON.stringify(event)}\n`
    }
  }
  const body = Readable.toWeb(Readable.from(lines(), { objectMode: false })) as NonNullable<RequestInit['body']>
  const headers = { 'content-type': 'application/x-ndjson', 'x-api-key': key }
  const { accepted } = await post(`${url}/v1/events`, { headers, body, duplex: 'half' })
  bar.stop()
  if (accepted !== EVENTS) throw new Error(`only ${accepted} of ${EVENTS} events were accepted`)
}

/** Rolls up what is marked. The bar shows how many marks are left: a roll-up can add others above it. */
async function rollUp(database: Database, config: Config, bar: cliProgress.SingleBar): Promise<void> {
  bar.start(0, 0, { task: 'rollups ' })
  await rollUpAll(database, await openLogOf(database, config), (done, total) => {
    bar.setTotal(total)
    bar.update(done)
  })
}

/** The fields of the responses that this script reads. */
interface ResponseBody {
  accessToken: string
  key: string
  id: string
  accepted: number
}

function postJson(url: string, json: unknown, headers: Record<string, string> = {}): Promise<ResponseBody> {
  return post(url, { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(json) })
}

/** Sends a POST request. @throws Error when the response is not a success */
async function post(url: string, init: RequestInit): Promise<ResponseBody> {
  const response = await fetch(url, { method: 'POST', ...init })
  if (!response.ok) throw new Error(`${url} failed with ${response.status}: ${await response.text()}`)
  return (await response.json()) as ResponseBody
}
