/** `npm run seed [-- --force]`: writes demo data: 50 images, 200 people and a bot, 50,000 events of the last seven weeks. */
import cliProgress from 'cli-progress'
import sharp from 'sharp'
import { uuidv7 } from 'uuidv7'
import { LOCAL, Passwords } from '../src/accounts/users/passwords.ts'
import { type User, users } from '../src/accounts/users/user.ts'
import { buildApp } from '../src/app.ts'
import { type Config, loadConfig } from '../src/config/config.ts'
import { connect, type Database } from '../src/database/connect.ts'
import { startEngine } from '../src/engine/engine.ts'
import { readCommand, refuseWords } from './lib/command.ts'
import { randomFrom } from './lib/random.ts'

const IMAGES = 50
const PEOPLE = 200
const EVENTS = 50_000
const BATCH_SIZE = 1000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const HISTORY_MS = 48 * DAY_MS
/** Number of images without events of people. */
const UNSEEN = 4
const POLL_INTERVAL_MS = 300
/** The UTC offset of each country, in hours. */
const UTC_OFFSETS: Record<string, number> = { CH: 1, DE: 1, FR: 1, IT: 1, US: -6, JP: 9, BR: -3, IN: 5 }
const OWNER = { email: 'demo@example.com', password: 'the demo password' }
/** Event types; a type that is listed more often is chosen more often. */
const TYPES = [
  'impression',
  'impression',
  'impression',
  'view',
  'view',
  'click',
  'share',
  'download',
  'like',
  'dislike',
  'save',
]

const HELP = `npm run seed -- [--force]

Writes demo data: 50 images, 200 people and a bot, 50,000 events of the last seven weeks. --force adds them to a database that is not
empty.`

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
  // A longer acceptance window, so that events of the past seven weeks can be ingested.
  const retention = { ...config.retention, accept: HISTORY_MS + DAY_MS }
  const app = await buildApp({ ...config, retention, rateLimit: 0, logLevel: 'error' }, database)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const bar = new cliProgress.SingleBar({
    format: '{task} [{bar}] {value}/{total}',
    noTTYOutput: true,
    notTTYSchedule: 10_000,
  })
  try {
    const token = await signIn(url)
    const people = await createPeople(database, config.bcryptCost)
    const imageIds = await uploadImages(url, token, bar)
    await postEvents(url, token, { people, imageIds }, bar)
    await waitForRollups(database, bar)
    print(`the demo admin: ${OWNER.email}, password: ${OWNER.password}`)
  } finally {
    bar.stop()
    await app.close()
  }
}

async function signIn(url: string): Promise<string> {
  return (await send(`${url}/v1/sessions`, OWNER)).accessToken
}

/** Creates the people. They share one password hash: 200 hashes would take a minute, and nobody signs in as these people. */
async function createPeople({ connection }: Database, bcryptCost: number): Promise<Cast['people']> {
  const passwords = new Passwords(bcryptCost)
  const passwordHash = await passwords.hash(uuidv7(), LOCAL)
  await passwords.close()
  const countries = Object.keys(UTC_OFFSETS)
  const people = Array.from({ length: PEOPLE }, (_, i): User => {
    const email = `person-${i}-${uuidv7()}@example.com`
    const geography = { country: countries[Math.floor(random() ** 2 * countries.length)] ?? 'CH' }
    const createdAt = new Date(Date.now() - random() * HISTORY_MS)
    return { _id: uuidv7(), email, emailKey: email, passwordHash, roles: ['user'], geography, createdAt }
  })
  await users(connection).insertMany(people)
  return people.map(({ _id, geography, createdAt }) => ({ id: _id, geography, since: createdAt.getTime() }))
}

async function uploadImages(url: string, token: string, bar: cliProgress.SingleBar): Promise<string[]> {
  bar.start(IMAGES, 0, { task: 'images  ' })
  const ids: string[] = []
  for (let i = 0; i < IMAGES; i++) {
    const form = new FormData()
    form.append('title', `Wave ${i + 1}`)
    form.append('tags', ['calm', 'bright', 'dark', 'warm'][i % 4] ?? 'calm')
    if (i % 5 === 0) form.append('tags', 'abstract')
    form.append('file', new Blob([new Uint8Array(await wavePicture())]), `wave-${i + 1}.jpg`)
    const response = await fetch(`${url}/v1/images`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: form,
    })
    if (!response.ok) throw new Error(`an upload failed: ${await response.text()}`)
    ids.push(((await response.json()) as { id: string }).id)
    bar.increment()
  }
  bar.stop()
  return ids
}

/** Returns a picture of crossing waves, as JPEG. */
async function wavePicture(): Promise<Buffer> {
  const [width, height] = [640, 480]
  const [a, b, c] = [random() * 0.05, random() * 0.05, random() * 6]
  const tint = [random(), random(), random()]
  const pixels = Buffer.alloc(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const level = 128 + 127 * Math.sin(x * a + c) * Math.cos(y * b)
      for (let i = 0; i < 3; i++) pixels[(y * width + x) * 3 + i] = level * (tint[i] ?? 1)
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer()
}

/** The people and images of the demo. */
interface Cast {
  people: { id: string; geography: User['geography']; since: number }[]
  imageIds: string[]
}

async function postEvents(url: string, token: string, cast: Cast, bar: cliProgress.SingleBar): Promise<void> {
  const request = { name: 'the demo', app: 'demo', scopes: ['events:write'] }
  const { key } = await send(`${url}/v1/keys`, request, { authorization: `Bearer ${token}` })
  bar.start(EVENTS, 0, { task: 'events  ' })
  for (let sent = 0; sent < EVENTS; sent += BATCH_SIZE) {
    const events = Array.from({ length: BATCH_SIZE }, (_, i) => (sent === 0 ? botEvent(cast, i) : personEvent(cast)))
    const { accepted } = await send(`${url}/v1/events`, events, { 'x-api-key': key })
    if (accepted !== BATCH_SIZE) throw new Error(`only ${accepted} of ${BATCH_SIZE} events were accepted`)
    bar.increment(BATCH_SIZE)
  }
  bar.stop()
}

/** Returns an event of a person, by day. A few popular images and active people account for most events. */
function personEvent({ people, imageIds }: Cast) {
  const type = random() < 0.2 ? 'dwell' : (TYPES[Math.floor(random() * TYPES.length)] ?? 'view')
  const { id: userId, geography, since } = skewedChoice(people)
  const at = new Date(moveToDay(Date.now() - randomAge(Date.now() - since), geography?.country)).toISOString()
  return {
    id: `demo-${random().toString(36).slice(2)}`,
    at,
    imageId: skewedChoice(imageIds.slice(UNSEEN)),
    userId,
    geography,
    type,
    ...(type === 'dwell' ? { durationMs: Math.floor(-Math.log(1 - random()) * 4000) } : {}),
  }
}

/** Returns the age of an event in ms: people are most active just after they signed up. @param memberMs time since then, in ms */
function randomAge(memberMs: number): number {
  return memberMs * random() ** 0.5
}

/** Returns an event of the bot, which clicks on one image around the clock, for two days. */
function botEvent({ imageIds }: Cast, i: number) {
  const at = new Date(Date.now() - 3 * DAY_MS + Math.floor(i / 20) * HOUR_MS + (i % 20) * 1000).toISOString()
  return { id: `bot-${i}`, at, imageId: imageIds.at(-1), visitorId: 'crawler', type: i % 4 ? 'click' : 'view' }
}

/** Moves a time before 7:00, in the local time of a country, 8 hours later, unless that is in the future. */
function moveToDay(time: number, country = ''): number {
  const hour = new Date(time + (UTC_OFFSETS[country] ?? 0) * HOUR_MS).getUTCHours()
  const moved = hour < 7 ? time + 8 * HOUR_MS : time
  return moved > Date.now() ? time : moved
}

/** Chooses an item; items at the beginning are chosen most often. */
function skewedChoice<Item>(items: Item[]): Item {
  return items[Math.floor(random() ** 3 * items.length)] as Item
}

/** Waits until no bucket is marked: the roll-up worker runs in this process. */
async function waitForRollups({ db }: Database, bar: cliProgress.SingleBar): Promise<void> {
  const marks = db.collection('marks')
  let max = await marks.countDocuments()
  bar.start(max, 0, { task: 'rollups ' })
  for (let left = max; left > 0; left = await marks.countDocuments()) {
    max = Math.max(max, left)
    bar.setTotal(max)
    bar.update(max - left)
    await new Promise(resolve => setTimeout(resolve, POLL_INTERVAL_MS))
  }
  bar.update(max)
}

/** The fields of the responses that this script reads. */
interface ResponseBody {
  accessToken: string
  key: string
  accepted: number
}

/** Sends a POST request. @throws Error when the response is not a success */
async function send(url: string, json: unknown, headers: Record<string, string> = {}): Promise<ResponseBody> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(json),
  }
  const response = await fetch(url, init)
  if (!response.ok) throw new Error(`${url} failed with ${response.status}: ${await response.text()}`)
  return (await response.json()) as ResponseBody
}
