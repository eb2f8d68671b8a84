/**
 * `npm run torture -- --minutes 10 [--kills 1000] [--mark-after]`: writers that replay, shuffle, split and duplicate, against
 * services and a database that are killed and suspended at random moments; in the end log, sums and feedback must agree.
 * With --mark-after a copy of the service is used that marks after the insert: that must be found.
 */
import { chmod, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { uuidv7 } from 'uuidv7'
import { loadConfig } from '../../src/config.ts'
import { connect, type Database } from '../../src/database/connect.ts'
import { CoveredBuckets } from '../../src/events/covered.ts'
import type { LoggedEvent } from '../../src/events/event.ts'
import { openLog } from '../../src/events/open-log.ts'
import { feedbackFollower } from '../../src/feedback/follow.ts'
import { verify } from '../../src/stats/verify.ts'
import { judge } from './judge.ts'
import { spawnNode, Victim } from './victim.ts'
import { type History, type Target, write } from './writer.ts'

const SERVICES = 3
const WRITERS = 6
const IMAGES = 40
const DAY = 86_400_000
const ADMIN = { email: 'torture@example.com', password: 'a password for torture' }
const APP = 'torture'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    kills: { type: 'string', default: '1000000' },
    'mark-after': { type: 'boolean', default: false },
  },
})
const say = (line: string) => process.stdout.write(`${line}\n`)

/** What is run, and what was done to it. */
interface Scene {
  database: Victim
  services: (Victim & { target: Target })[]
  kills: Record<string, number>
}

const folder = await mkdtemp(join(tmpdir(), 'glance-torture-'))
await chmod(folder, 0o755)
const ports = await freePorts(SERVICES + 1)
const uri = `mongodb://127.0.0.1:${ports[0]}/?replicaSet=glance`
const env = {
  MONGODB_URI: uri,
  DATABASE: 'torture',
  GLANCE_FOLDER: folder,
  JWT_SECRET: uuidv7(),
  DATA_SECRET: uuidv7(),
  RATE_LIMIT: '0',
  LOG_LEVEL: 'silent',
  BCRYPT_COST: '10',
  ADMIN_EMAIL: ADMIN.email,
  ADMIN_PASSWORD: ADMIN.password,
}
const scene = await build(await program(values['mark-after']))
try {
  process.exitCode = (await torture(scene)) ? 0 : 1
} finally {
  for (const service of scene.services) await service.retire('SIGKILL')
  await scene.database.retire()
  await pause(5_000)
  await rm(folder, { recursive: true, force: true })
}

async function build(main: string): Promise<Scene> {
  const databaseScript = new URL('database-process.ts', import.meta.url).pathname
  const database = new Victim(
    'database',
    () => spawnNode(['--import', 'tsx', databaseScript, folder, String(ports[0])], {}),
    () => ping(),
  )
  database.run()
  await until('the database is there', async () => database.ready)
  const services = ports.slice(1).map((port, i) => {
    const url = `http://127.0.0.1:${port}`
    const service = new Victim(
      `service ${i + 1}`,
      () => spawnNode([main], { ...env, PORT: String(port) }),
      async () => (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok,
    )
    return Object.assign(service, { target: { url, ready: () => service.ready, inFlight: 0 } })
  })
  for (const service of services) {
    service.run()
    await until('a service is there', async () => service.ready)
  }
  return { database, services, kills: {} }
}

async function torture({ database, services, kills }: Scene): Promise<boolean> {
  const connection = await connect(uri, env.DATABASE)
  const imageIds = await someImages(connection)
  const key = await aKey(services[0]?.target.url ?? '')
  const history: History = { acknowledged: [], sent: 0, requests: 0, failed: 0 }
  const stop = new AbortController()
  const targets = services.map(({ target }) => target)
  const writers = Array.from({ length: WRITERS }, () => write({ targets, imageIds, key }, history, stop.signal))
  const killing = killAtRandom({ database, services, kills }, Number(values.minutes) * 60_000, Number(values.kills))
  await Promise.race([killing, ...writers])
  stop.abort()
  await Promise.all(writers)
  await until('all are up', async () => database.ready && services.every(({ ready }) => ready))
  say('quiet: waiting until everything is summed')
  await until('nothing is marked', async () => (await connection.db.collection('marks').countDocuments({})) === 0, 600)
  const before = await judge(connection, history.acknowledged, APP)
  await tellFollower(connection)
  const verdict = await judge(connection, history.acknowledged, APP)
  const differences = await verified(connection)
  await connection.connection.close()
  say(`kills ${JSON.stringify(kills)}`)
  say(
    `requests ${history.requests}, failed ${history.failed}, events sent ${history.sent}, acknowledged ${history.acknowledged.length}`,
  )
  say(
    `feedback that waited for the audit, its process killed before it was told and its client gone: ${before.wrongFeedback}`,
  )
  say(`in the end ${JSON.stringify({ ...verdict, verify: differences })}`)
  return [verdict.lost, verdict.twice, verdict.wrongBuckets, verdict.wrongFeedback, differences].every(n => n === 0)
}

/** Kills count only while a write is under way there. */
async function killAtRandom({ database, services, kills }: Scene, time: number, most: number): Promise<void> {
  const ends = performance.now() + time
  let done = 0
  const next = (what: string) => {
    kills[what] = (kills[what] ?? 0) + 1
    if (++done % 50 === 0) say(`${done} kills`)
  }
  while (performance.now() < ends && done < most) {
    await pause(Math.random() * 400)
    const service = services[Math.floor(Math.random() * services.length)]
    if (!service?.ready || !database.ready || service.target.inFlight === 0) continue
    const lot = Math.random()
    if (lot < 0.02) {
      database.kill()
      next('database -9')
    } else if (lot < 0.12) {
      next('service STOP')
      void service.suspend(Math.random() * 8_000)
    } else {
      service.kill()
      next('service -9')
    }
  }
}

/** The built service, or a copy of it in which two lines are exchanged. */
async function program(markAfter: boolean): Promise<string> {
  const root = new URL('../..', import.meta.url).pathname
  if (!markAfter) return join(root, 'dist/main.js')
  await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
  await cp(join(root, 'package.json'), join(folder, 'package.json'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  const path = join(folder, 'dist/events/covered.js')
  const right = /(const sent = await this\.#cover\(buckets\);)(\s+)(const done = await write\(\);)/
  const text = await readFile(path, 'utf8')
  if (!right.test(text)) throw new Error('the lines to exchange are not there')
  await writeFile(path, text.replace(right, '$3$2$1'))
  return join(folder, 'dist/main.js')
}

async function someImages({ db }: Database): Promise<string[]> {
  const ids = Array.from({ length: IMAGES }, () => uuidv7())
  await db
    .collection<{ _id: string }>('images')
    .insertMany(ids.map(_id => ({ _id, ownerId: _id, uploadedSha256: _id, visibility: 'public' })))
  return ids
}

async function aKey(url: string): Promise<string> {
  const post = async (path: string, json: unknown, headers = {}) => {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(json),
    }
    return (await (await fetch(url + path, init)).json()) as { accessToken: string; key: string }
  }
  const { accessToken } = await post('/v1/sessions', ADMIN)
  const request = { name: 'torture', app: APP, scopes: ['events:write'] }
  return (await post('/v1/keys', request, { authorization: `Bearer ${accessToken}` })).key
}

/** Tells feedback what happened once more, as the nightly audits do with each day. */
async function tellFollower({ db }: Database): Promise<void> {
  const follower = feedbackFollower(db, new CoveredBuckets(db))
  const events = await db.collection<LoggedEvent>('events').find().toArray()
  for (let from = 0; from < events.length; from += 1_000) {
    await follower.follow(events.slice(from, from + 1_000).filter(event => follower.wants(event)))
  }
  await until('nothing is marked', async () => (await db.collection('marks').countDocuments({})) === 0, 600)
}

async function verified(database: Database): Promise<number> {
  const { retention, eventLog } = loadConfig(env)
  const log = await openLog(database, eventLog, retention.events, () => undefined)
  let differences = 0
  const hours = { from: new Date(Date.now() - 8 * DAY), to: new Date() }
  for await (const _difference of verify(hours, { db: database.db, log }, database.client)) differences++
  return differences
}

async function ping(): Promise<boolean> {
  const { connection } = await connect(uri, 'admin')
  await connection.close()
  return true
}

async function until(what: string, ask: () => Promise<boolean>, seconds = 60): Promise<void> {
  const ends = performance.now() + seconds * 1_000
  while (!(await ask().catch(() => false))) {
    if (performance.now() > ends) throw new Error(`waited in vain until ${what}`)
    await pause(100)
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await new Promise(resolve => server.once('listening', resolve))
      return server
    }),
  )
  const ports = servers.map(server => (server.address() as { port: number }).port)
  for (const server of servers) server.close()
  return ports
}
