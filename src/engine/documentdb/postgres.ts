import type { ChildProcess } from 'node:child_process'
import { chmod, chown, rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { temporaryFolder } from '../../lib/temporary-folder.ts'
import { EngineError } from '../errors.ts'
import type { PostgresAddress, PostgresServer } from '../gateway/sql.ts'
import { type Account, spawnAs } from './account.ts'
import { SUPERUSER } from './cluster.ts'
import { killLeftovers } from './leftovers.ts'
import { errorSummary } from './run.ts'
import { serverSettings } from './settings.ts'
import type { Tree } from './tree.ts'

/** Only part of the socket's file name: the server does not listen on TCP. */
const PORT = 5432
/** Limit of a start on a busy machine, including recovery after a crash. */
const START_TIMEOUT_MS = 120_000
/** How long starts are retried while a server that was told to stop still runs. */
const LEFTOVER_TIMEOUT_MS = 30_000
const MAX_RESTARTS_A_MINUTE = 5
const KEPT_STDERR_CHARACTERS = 4_000

/**
 * Shell script that runs the server and reads its stdin, a pipe from this process. The pipe closes when the server is to stop, and
 * also when this process is killed. Then the script stops the server: by SIGINT (fast shutdown), and after 3 s by SIGQUIT
 * (immediate shutdown).
 */
const GUARD_SCRIPT = `
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
( read -r _ <&3; kill -INT $server; sleep 3; kill -QUIT $server ) 2>/dev/null &
watcher=$!
wait $server
code=$?
kill $watcher 2>/dev/null
exit $code
`

interface PostgresOptions {
  tree: Tree
  /** The folder of the cluster. */
  cluster: string
  account: Account
  /** Whether committed data survive a power failure. */
  durable: boolean
  /** Receives a line when the server has ended and when it runs again. */
  progress: (line: string) => void
}

interface Postgres extends PostgresServer {
  stop(): Promise<void>
}

/**
 * Starts PostgreSQL on a Unix domain socket that only its account can use, and returns when it accepts connections and has the
 * extensions. When the server ends unexpectedly, it is restarted at the same address, at most 5 times a minute; if that fails, the
 * process ends with an unhandled EngineError.
 * @throws EngineError with the server's error message when it does not start
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { account, progress } = options
  const sockets = await temporaryFolder('postgres')
  if (account.dropsPrivileges) await chown(sockets, account.uid, account.gid)
  await chmod(sockets, 0o700)
  const address = { host: sockets, port: PORT, user: SUPERUSER, database: 'postgres' }
  const stopping = new AbortController()
  let server = await startServer(options, address, stopping.signal)
  let isUp = true
  /** Times of the restarts in the last minute, in Unix ms. */
  let restarts: number[] = []
  let restarting: Promise<void> | undefined

  const watch = () =>
    void server.exited.then(status => {
      if (!stopping.signal.aborted) restarting = restart(status)
    })
  async function restart(status: string): Promise<void> {
    isUp = false
    restarts = [...restarts.filter(at => at > Date.now() - 60_000), Date.now()]
    try {
      if (restarts.length > MAX_RESTARTS_A_MINUTE) throw new EngineError('it ended too often')
      progress(`the database server has ended (${status}); restarting it`)
      server = await startServer(options, address, stopping.signal)
    } catch (error) {
      const reason = (error as Error).message
      throw new EngineError(`the database server has ended (${status}) and can not be restarted: ${reason}`)
    }
    isUp = true
    progress('the database server runs again')
    watch()
  }
  watch()

  return {
    address,
    isUp: () => isUp,
    async stop() {
      stopping.abort()
      await restarting?.catch(() => undefined)
      await stopServer(server)
      await rm(sockets, { recursive: true, force: true })
    },
  }
}

/**
 * Starts the server. Retries for 30 s while an earlier one still holds the lock file or the shared memory, and ends what is left of a
 * killed one.
 * @throws EngineError with the server's error message when it does not start, or when the signal aborts the start
 */
async function startServer(options: PostgresOptions, address: PostgresAddress, signal: AbortSignal): Promise<Server> {
  const deadline = Date.now() + LEFTOVER_TIMEOUT_MS
  for (;;) {
    const server = launch(options, address.host)
    try {
      await waitUntilReady(server, address, signal)
      return server
    } catch (error) {
      await stopServer(server)
      const isBlocked = /"postmaster\.pid" already exists|shared memory/.test(server.lastStderr())
      if (!isBlocked || signal.aborted || Date.now() > deadline) throw error
      await killLeftovers(options.cluster)
      await pause(200)
    }
  }
}

interface Server {
  child: ChildProcess
  /** Resolves when it has ended, with its exit code or signal for people. */
  exited: Promise<string>
  /** Returns the end of what it wrote to stderr. */
  lastStderr(): string
}

function launch({ tree, cluster, account, durable }: PostgresOptions, sockets: string): Server {
  const flags = Object.entries(serverSettings({ sockets, durable })).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const child = spawnAs(account, 'sh', ['-c', GUARD_SCRIPT, 'guard', tree.postgres, '-D', cluster, ...flags], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-KEPT_STDERR_CHARACTERS)
  })
  child.stdin?.on('error', () => undefined)
  const exited = new Promise<string>(resolve => {
    child
      .once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
      .once('error', ({ message }) => resolve(message))
  })
  return { child, exited, lastStderr: () => stderr }
}

async function waitUntilReady(server: Server, address: PostgresAddress, signal: AbortSignal): Promise<void> {
  let hasExited = false
  void server.exited.then(() => {
    hasExited = true
  })
  const deadline = Date.now() + START_TIMEOUT_MS
  while (!(await tryCreateExtensions(address))) {
    if (hasExited || signal.aborted || Date.now() > deadline) {
      throw new EngineError(`the database server did not start: ${errorSummary(server.lastStderr())}`)
    }
    await pause(20)
  }
}

/** Creates the extensions if they do not exist. @returns false when the server does not accept connections yet */
async function tryCreateExtensions(address: PostgresAddress): Promise<boolean> {
  const client = new pg.Client(address)
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch {
    return false
  }
  try {
    await client.query('CREATE EXTENSION IF NOT EXISTS documentdb CASCADE')
    await client.query('CREATE EXTENSION IF NOT EXISTS documentdb_extended_rum')
    return true
  } finally {
    await client.end()
  }
}

/** Stops a server by closing its stdin (see `GUARD_SCRIPT`), and waits until it has ended. */
async function stopServer({ child, exited }: Server): Promise<void> {
  child.stdin?.end()
  await exited
}
