import type { ChildProcess } from 'node:child_process'
import { chmod, chown, rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { temporaryFolder } from '../../lib/temporary-folder.ts'
import { EngineError } from '../errors.ts'
import type { PostgresAddress, PostgresServer } from '../gateway/sql.ts'
import { type Account, spawnAs } from './account.ts'
import { SUPERUSER } from './cluster.ts'
import { reasonIn } from './run.ts'
import type { Tree } from './tree.ts'

const PORT = 5432
/** How long a start may take on a busy machine, recovery after a crash included. */
const START_MS = 120_000
/** How long what a killed server left behind may still be busy going away. */
const LEFTOVER_MS = 30_000
/** A server that ends more often than this in a minute is not started again. */
const MAX_RESTARTS_A_MINUTE = 5

/**
 * Starts the server and watches the pipe to us: when that closes, by our wish or our death, it stops the server, gently and
 * after 3 s at once.
 */
const GUARD = `
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

const SETTINGS = {
  listen_addresses: '',
  shared_preload_libraries: 'pg_cron,pg_documentdb_core,pg_documentdb_extended_rum,pg_documentdb',
  'cron.database_name': 'postgres',
  // Without this every cron job fails: no TTL, no background index builds.
  'cron.use_background_workers': 'on',
  'cron.log_run': 'off',
  max_worker_processes: '16',
  max_connections: '80',
  deadlock_timeout: '100ms',
  jit: 'off',
  // Only these indexes can be walked in their order: without them a sorted page reads all that match.
  'documentdb.alternate_index_handler_name': 'extended_rum',
  'documentdb_core.enableCollation': 'on',
  'documentdb.enableCollationWithNonUniqueOrderedIndexes': 'on',
  'documentdb.useFileBasedPersistedCursors': 'on',
  'documentdb.throwDeadlockOnCRUD': 'on',
}
const VOLATILE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }

interface PostgresOptions {
  tree: Tree
  cluster: string
  account: Account
  durable: boolean
  /** Told a line when the server has ended and when it runs again. */
  progress: (line: string) => void
}

interface Postgres extends PostgresServer {
  stop(): Promise<void>
}

/**
 * Runs the server on a unix socket that only its account can reach, and returns when it answers with the extensions in place.
 * A server that ends without being asked to is started again at the same address; where that fails, the process ends by an
 * unhandled EngineError.
 * @throws EngineError with the server's last words
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { account, progress } = options
  const sockets = await temporaryFolder('postgres')
  if (account.dropped) await chown(sockets, account.uid, account.gid)
  await chmod(sockets, 0o700)
  const address = { host: sockets, port: PORT, user: SUPERUSER, database: 'postgres' }
  let server = await startServer(options, address)
  let isUp = true
  let isStopping = false
  let restarts: number[] = []
  let restarting: Promise<void> | undefined

  const watch = () =>
    void server.exited.then(code => {
      if (!isStopping) restarting = restart(code)
    })
  async function restart(code: string): Promise<void> {
    isUp = false
    restarts = [...restarts.filter(at => at > Date.now() - 60_000), Date.now()]
    try {
      if (restarts.length > MAX_RESTARTS_A_MINUTE) throw new EngineError('it has ended too often')
      progress(`the database server has ended (${code}); starting it again`)
      server = await startServer(options, address)
    } catch (error) {
      const reason = (error as Error).message
      throw new EngineError(`the database server has ended (${code}) and can not be started again: ${reason}`)
    }
    isUp = true
    progress('the database server answers again')
    watch()
  }
  watch()

  return {
    address,
    isUp: () => isUp,
    async stop() {
      isStopping = true
      await restarting?.catch(() => undefined)
      await stopped(server)
      await rm(sockets, { recursive: true, force: true })
    },
  }
}

/** Starts the server, again while what a killed one left is in its way. */
async function startServer(options: PostgresOptions, address: PostgresAddress): Promise<Server> {
  const deadline = Date.now() + LEFTOVER_MS
  for (;;) {
    const server = launch(options, address.host)
    try {
      await untilReady(server, address)
      return server
    } catch (error) {
      await stopped(server)
      if (!/"postmaster\.pid" already exists|shared memory/.test(server.words()) || Date.now() > deadline) throw error
      await pause(200)
    }
  }
}

interface Server {
  child: ChildProcess
  /** Its exit code, or the signal that ended it. */
  exited: Promise<string>
  /** The last of what it wrote. */
  words(): string
}

function launch({ tree, cluster, account, durable }: PostgresOptions, sockets: string): Server {
  const settings = {
    ...SETTINGS,
    ...(durable ? {} : VOLATILE),
    unix_socket_directories: sockets,
    'documentdb.localhost_connection_string': `host=${sockets}`,
    'cron.host': sockets,
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawnAs(account, 'sh', ['-c', GUARD, 'guard', tree.postgres, '-D', cluster, ...flags], {
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  })
  let words = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-4000)
  })
  child.stdin?.on('error', () => undefined)
  const exited = new Promise<string>(resolve => {
    child
      .once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`))
      .once('error', ({ message }) => resolve(message))
  })
  return { child, exited, words: () => words }
}

async function untilReady(server: Server, address: PostgresAddress): Promise<void> {
  let gone = false
  void server.exited.then(() => {
    gone = true
  })
  const deadline = Date.now() + START_MS
  while (!(await hasExtension(address))) {
    if (gone || Date.now() > deadline) throw new EngineError(`the database does not start: ${reasonIn(server.words())}`)
    await pause(20)
  }
}

/** Puts the extensions in place; false while the server takes no connections. */
async function hasExtension(address: PostgresAddress): Promise<boolean> {
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

async function stopped({ child, exited }: Server): Promise<void> {
  child.stdin?.end()
  await exited
}
