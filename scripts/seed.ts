/** `npm run seed [-- --force]`: a believable demo: 50 pictures, 200 people and a bot, 50,000 events of the last seven weeks. */
import { parseArgs } from 'node:util'
import cliProgress from 'cli-progress'
import sharp from 'sharp'
import { uuidv7 } from 'uuidv7'
import { Passwords } from '../src/accounts/users/passwords.ts'
import { type User, users } from '../src/accounts/users/user.ts'
import { buildApp } from '../src/app.ts'
import { type Config, loadConfig } from '../src/config/config.ts'
import { connect, type Database } from '../src/database/connect.ts'
import { startEngine } from '../src/engine/engine.ts'
import { randomFrom } from './lib/random.ts'

const PICTURES = 50
const PEOPLE = 200
const EVENTS = 50_000
const BATCH = 1000
const HOUR = 3_600_000
const DAY = 24 * HOUR
const SPAN = 48 * DAY
/** So many pictures, the last ones, nobody has been shown yet. */
const UNSEEN = 4
/** Where people come from, and how many hours ahead of UTC they live there. */
const UTC_OFFSETS: Record<string, number> = { CH: 1, DE: 1, FR: 1, IT: 1, US: -6, JP: 9, BR: -3, IN: 5 }
const OWNER = { email: 'demo@example.com', password: 'the demo password' }
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

const say = (line: string) => process.stdout.write(`${line}\n`)
const random = randomFrom(20_261_124)

try {
  const config = loadConfig({ ...process.env, ADMIN_EMAIL: OWNER.email, ADMIN_PASSWORD: OWNER.password })
  const engine = await startEngine({ ...config.engine, uri: config.mongodbUri, durable: true, progress: say })
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
  const { values } = parseArgs({ options: { force: { type: 'boolean', default: false } } })
  if (!values.force && (await database.db.listCollections().toArray()).length > 0) {
    throw new Error(`the database ${config.database} is not empty: --force adds the demo to what is there`)
  }
  // What happened weeks ago goes in by the same door as everything, held open for longer than usual.
  const retention = { ...config.retention, accept: SPAN + DAY }
  const app = await buildApp({ ...config, retention, rateLimit: 0, logLevel: 'error' }, database)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const bar = new cliProgress.SingleBar({
    format: '{task} [{bar}] {value}/{total}',
    noTTYOutput: true,
    notTTYSchedule: 10_000,
  })
  try {
    const token = await signIn(url)
    const people = await makePeople(database, config.bcryptCost)
    const imageIds = await uploadPictures(url, token, bar)
    await postEvents(url, token, { people, imageIds }, bar)
    await untilFolded(database, bar)
    say(`signed up as admin: ${OWNER.email}, ${OWNER.password}`)
  } finally {
    bar.stop()
    await app.close()
  }
}

async function signIn(url: string): Promise<string> {
  return (await send(`${url}/v1/sessions`, OWNER)).accessToken
}

/** The people of the demo share one password hash: two hundred would take a minute, and nobody signs in as them. */
async function makePeople({ connection }: Database, bcryptCost: number): Promise<Cast['people']> {
  const passwords = new Passwords(bcryptCost)
  const passwordHash = await passwords.hash(uuidv7())
  await passwords.close()
  const countries = Object.keys(UTC_OFFSETS)
  const people = Array.from({ length: PEOPLE }, (_, i): User => {
    const email = `person-${i}-${uuidv7()}@example.com`
    const geography = { country: countries[Math.floor(random() ** 2 * countries.length)] ?? 'CH' }
    const createdAt = new Date(Date.now() - random() * SPAN)
    return { _id: uuidv7(), email, emailKey: email, passwordHash, roles: ['user'], geography, createdAt }
  })
  await users(connection).insertMany(people)
  return people.map(({ _id, geography, createdAt }) => ({ id: _id, geography, since: createdAt.getTime() }))
}

async function uploadPictures(url: string, token: string, bar: cliProgress.SingleBar): Promise<string[]> {
  bar.start(PICTURES, 0, { task: 'pictures' })
  const ids: string[] = []
  for (let i = 0; i < PICTURES; i++) {
    const form = new FormData()
    form.append('title', `Wave ${i + 1}`)
    form.append('tags', ['calm', 'bright', 'dark', 'warm'][i % 4] ?? 'calm')
    if (i % 5 === 0) form.append('tags', 'abstract')
    form.append('file', new Blob([new Uint8Array(await picture())]), `wave-${i + 1}.jpg`)
    const response = await fetch(`${url}/v1/images`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: form,
    })
    if (!response.ok) throw new Error(`an upload was refused: ${await response.text()}`)
    ids.push(((await response.json()) as { id: string }).id)
    bar.increment()
  }
  bar.stop()
  return ids
}

/** Waves of two colours that cross. */
async function picture(): Promise<Buffer> {
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

interface Cast {
  people: { id: string; geography: User['geography']; since: number }[]
  imageIds: string[]
}

async function postEvents(url: string, token: string, cast: Cast, bar: cliProgress.SingleBar): Promise<void> {
  const request = { name: 'the demo', app: 'demo', scopes: ['events:write'] }
  const { key } = await send(`${url}/v1/keys`, request, { authorization: `Bearer ${token}` })
  bar.start(EVENTS, 0, { task: 'events  ' })
  for (let sent = 0; sent < EVENTS; sent += BATCH) {
    const events = Array.from({ length: BATCH }, (_, i) => (sent === 0 ? botEvent(cast, i) : event(cast)))
    const { accepted } = await send(`${url}/v1/events`, events, { 'x-api-key': key })
    if (accepted !== BATCH) throw new Error(`only ${accepted} of ${BATCH} events were accepted`)
    bar.increment(BATCH)
  }
  bar.stop()
}

/** A few pictures and people make most of what happens, and all of it by day. */
function event({ people, imageIds }: Cast) {
  const type = random() < 0.2 ? 'dwell' : (TYPES[Math.floor(random() * TYPES.length)] ?? 'view')
  const { id: userId, geography, since } = popular(people)
  const at = new Date(awake(Date.now() - eager(Date.now() - since), geography?.country)).toISOString()
  return {
    id: `demo-${random().toString(36).slice(2)}`,
    at,
    imageId: popular(imageIds.slice(UNSEEN)),
    userId,
    geography,
    type,
    ...(type === 'dwell' ? { durationMs: Math.floor(-Math.log(1 - random()) * 4000) } : {}),
  }
}

/** People are about most in their first days here, and never before. */
function eager(here: number): number {
  return here * random() ** 0.5
}

/** It clicks around the clock, for two days, whatever it is shown. */
function botEvent({ imageIds }: Cast, i: number) {
  const at = new Date(Date.now() - 3 * DAY + Math.floor(i / 20) * HOUR + (i % 20) * 1000).toISOString()
  return { id: `bot-${i}`, at, imageId: imageIds.at(-1), visitorId: 'crawler', type: i % 4 ? 'click' : 'view' }
}

/** Moves what would happen at night into the day after, where that day has been. */
function awake(time: number, country = ''): number {
  const hour = new Date(time + (UTC_OFFSETS[country] ?? 0) * HOUR).getUTCHours()
  const moved = hour < 7 ? time + 8 * HOUR : time
  return moved > Date.now() ? time : moved
}

function popular<Item>(some: Item[]): Item {
  return some[Math.floor(random() ** 3 * some.length)] as Item
}

/** The folder is at work in this process: the demo is done when nothing is marked any more. */
async function untilFolded({ db }: Database, bar: cliProgress.SingleBar): Promise<void> {
  const marks = db.collection('marks')
  let most = await marks.countDocuments()
  bar.start(most, 0, { task: 'rollups ' })
  for (let left = most; left > 0; left = await marks.countDocuments()) {
    most = Math.max(most, left)
    bar.setTotal(most)
    bar.update(most - left)
    await new Promise(resolve => setTimeout(resolve, 300))
  }
  bar.update(most)
}

/** What the answers of the calls below may hold. */
interface Answer {
  accessToken: string
  key: string
  accepted: number
}

async function send(url: string, json: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(json),
  }
  const response = await fetch(url, init)
  if (!response.ok) throw new Error(`${url} answered ${await response.text()}`)
  return (await response.json()) as Answer
}
