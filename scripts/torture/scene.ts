import { chmod, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { uuidv7 } from 'uuidv7'
import { connect } from '../../src/database/connect.ts'
import { uriFile } from '../../src/engine/engine.ts'
import { spawnNode, Victim } from './victim.ts'
import type { Target } from './writer.ts'

const SERVICES = 3
export const ADMIN = { email: 'torture@example.com', password: 'a password for torture' }

/** A service that may be killed, and where it takes requests. */
export type Service = Victim & { target: Target }

/** What is run, in a folder of its own. */
export interface Scene {
  database: Victim
  services: Service[]
  uri: string
  /** What the services are told. */
  env: Record<string, string>
}

/**
 * Plays on a scene of its own and clears it away; the process's exit code says how it went.
 * @param markAfter with the fault that must be found
 */
export async function onScene(play: (scene: Scene) => Promise<boolean>, markAfter = false): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'glance-torture-'))
  await chmod(folder, 0o755)
  const scene = await setScene(folder, markAfter)
  try {
    process.exitCode = (await play(scene)) ? 0 : 1
  } finally {
    for (const service of scene.services) await service.retire('SIGKILL')
    await scene.database.retire()
    // So long postgres takes at most to see that its parent has gone.
    await pause(5_000)
    await rm(folder, { recursive: true, force: true })
  }
}

/** Starts the database and the services, and returns when all take requests. */
async function setScene(folder: string, markAfter: boolean): Promise<Scene> {
  const main = await program(folder, markAfter)
  const [first = 0, ...ports] = await freePorts(SERVICES + 1)
  const script = fileURLToPath(new URL('../lib/engine-process.ts', import.meta.url))
  const startDatabase = () => spawnNode(['--import', 'tsx', script, folder, String(first)], {})
  const readUri = () => readFile(uriFile(folder), 'utf8')
  const database = new Victim('database', startDatabase, async () => ping(await readUri()))
  database.run()
  await until('the database is there', async () => database.ready)
  const uri = await readUri()
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
  const services = ports.map(port => aService(main, { ...env, PORT: String(port) }))
  for (const service of services) {
    service.run()
    await until('a service is there', async () => service.ready)
  }
  return { database, services, uri, env }
}

function aService(main: string, env: Record<string, string>): Service {
  const url = `http://127.0.0.1:${env.PORT}`
  const isReady = async () => (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok
  const service = new Victim(`service on ${env.PORT}`, () => spawnNode([main], env), isReady)
  return Object.assign(service, { target: { url, ready: () => service.ready, inFlight: 0 } })
}

/** The built service, or a copy of it in which two lines are exchanged. */
async function program(folder: string, markAfter: boolean): Promise<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  if (!markAfter) return join(root, 'dist/main.js')
  await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
  await cp(join(root, 'package.json'), join(folder, 'package.json'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  const path = join(folder, 'dist/events/marks/writer-marks.js')
  const right = /(const sent = await this\.#ensureMarked\(buckets\);)(\s+)(const done = await write\(\);)/
  const text = await readFile(path, 'utf8')
  if (!right.test(text)) throw new Error('the lines to exchange are not there')
  await writeFile(path, text.replace(right, '$3$2$1'))
  return join(folder, 'dist/main.js')
}

/** Those that take requests, as far as is known, and have some under way. */
export function busy(services: Service[]): Service[] {
  return services.filter(({ ready, target }) => ready && target.inFlight > 0)
}

async function ping(uri: string): Promise<boolean> {
  const { connection } = await connect(uri, 'admin')
  await connection.close()
  return true
}

/** Asks until it is so. @throws after that many seconds */
export async function until(what: string, ask: () => Promise<boolean>, seconds = 60): Promise<void> {
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
