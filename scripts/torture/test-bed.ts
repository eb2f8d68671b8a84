import { chmod, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { uuidv7 } from 'uuidv7'
import { withCleanUp } from '../lib/clean-up.ts'
import { RestartingProcess, spawnNode } from './restarting-process.ts'
import { embeddedDatabase, ownDatabase, type TestDatabase } from './test-database.ts'
import type { Target } from './writer.ts'

const SERVICES = 3
/** PostgreSQL needs up to this time to notice that its parent process has ended. */
const POSTGRES_EXIT_MS = 5_000
const POLL_INTERVAL_MS = 100
/** The admin of the services. */
export const ADMIN = { email: 'torture@example.com', password: 'a password for torture' }

/** A service that may be killed, and its address. */
export type Service = RestartingProcess & { target: Target }

/** The database and the services of a run, in a temporary folder. */
export interface TestBed {
  database: TestDatabase
  services: Service[]
  uri: string
  /** The environment of the services. */
  env: Record<string, string>
}

interface TestBedOptions {
  /** Whether the services have the fault that the test must find. */
  markAfter?: boolean
  /** A shell command that disturbs the server of `MONGODB_URI`. */
  faultCommand?: string | undefined
}

/**
 * Starts a test bed, on the server of `MONGODB_URI` if it is set, runs a test on it and removes it, also when a signal ends the
 * process. Sets the exit code: 0 when the test has found no fault.
 */
export async function withTestBed(
  run: (testBed: TestBed) => Promise<boolean>,
  { markAfter = false, faultCommand }: TestBedOptions = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'glance-torture-'))
  await chmod(folder, 0o755)
  const [first = 0, ...ports] = await freePorts(SERVICES + 1)
  const server = process.env.MONGODB_URI
  const database = server ? ownDatabase(server, faultCommand) : embeddedDatabase(folder, first)
  const services: Service[] = []
  await withCleanUp(
    async () => {
      const { uri, env } = await startServices(ports, services, { folder, database, markAfter })
      process.exitCode = (await run({ database, services, uri, env })) ? 0 : 1
    },
    async () => {
      for (const service of services) await service.retire('SIGKILL')
      await database.retire()
      if (!server) await pause(POSTGRES_EXIT_MS)
      await rm(folder, { recursive: true, force: true })
    },
  )
}

interface Surroundings {
  folder: string
  database: TestDatabase
  markAfter: boolean
}

/** Starts a service on each port, as soon as the database is ready, and waits until all accept requests. Adds them to `services`. */
async function startServices(ports: number[], services: Service[], { folder, database, markAfter }: Surroundings) {
  const main = await servicePath(folder, markAfter)
  await waitUntil('the database is ready', async () => database.ready)
  const uri = await database.uri()
  const env = {
    MONGODB_URI: uri,
    DATABASE: database.name,
    EVENT_LOG: process.env.EVENT_LOG || 'auto',
    GLANCE_FOLDER: folder,
    JWT_SECRET: uuidv7(),
    DATA_SECRET: uuidv7(),
    RATE_LIMIT: '0',
    SIGN_UP_LIMIT: '0',
    LOG_LEVEL: 'silent',
    BCRYPT_COST: '10',
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
  }
  for (const port of ports) {
    const service = createService(main, { ...env, PORT: String(port) })
    services.push(service)
    service.run()
    await waitUntil('a service is ready', async () => service.ready)
  }
  return { uri, env }
}

function createService(main: string, env: Record<string, string>): Service {
  const url = `http://127.0.0.1:${env.PORT}`
  const isReady = async () => (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok
  const service = new RestartingProcess(`service on ${env.PORT}`, () => spawnNode([main], env), isReady)
  return Object.assign(service, { target: { url, ready: () => service.ready, inFlight: 0 } })
}

/** Returns the path of the compiled service, or of a copy that marks buckets after the write instead of before. */
async function servicePath(folder: string, markAfter: boolean): Promise<string> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  if (!markAfter) return join(root, 'dist/main.js')
  await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
  await cp(join(root, 'package.json'), join(folder, 'package.json'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  const path = join(folder, 'dist/main.js')
  const markBeforeWrite = /(const sent = await this\.#ensureMarked\(buckets\);)(\s+)(const done = await write\(\);)/
  const text = await readFile(path, 'utf8')
  if (!markBeforeWrite.test(text)) throw new Error('main.js does not contain the lines to exchange')
  await writeFile(path, text.replace(markBeforeWrite, '$3$2$1'))
  return path
}

/** Returns the services that accept requests, as far as is known, and are processing some. */
export function busy(services: Service[]): Service[] {
  return services.filter(({ ready, target }) => ready && target.inFlight > 0)
}

/** Polls until a condition holds. @throws Error after that many seconds */
export async function waitUntil(condition: string, holds: () => Promise<boolean>, seconds = 60): Promise<void> {
  const ends = performance.now() + seconds * 1_000
  while (!(await holds().catch(() => false))) {
    if (performance.now() > ends) throw new Error(`timed out after ${seconds} s waiting until ${condition}`)
    await pause(POLL_INTERVAL_MS)
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
