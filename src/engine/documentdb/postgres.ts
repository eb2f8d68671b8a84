import type { ChildProcess } from 'node:child_process'
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { EngineError } from '../errors.ts'
import type { PostgresAddress } from '../gateway/sql.ts'
import { type Account, spawnAs } from './account.ts'
import { SUPERUSER } from './cluster.ts'
import type { Tree } from './tree.ts'

const PORT = 5432
const START_TIME = 60_000
/** How long the server of a killed process may still be busy going away, in ms. */
const LEFTOVER_TIME = 10_000

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
}

interface Postgres {
  address: PostgresAddress
  stop(): Promise<void>
}

/**
 * Runs the server on a unix socket that only its account can reach, and returns when it answers with the extensions in place.
 * @throws EngineError with the server's last words
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const sockets = await mkdtemp(join(tmpdir(), 'glance-'))
  if (options.account.dropped) await chown(sockets, options.account.uid, options.account.gid)
  await chmod(sockets, 0o700)
  const address = { host: sockets, port: PORT, user: SUPERUSER, database: 'postgres' }
  const deadline = Date.now() + LEFTOVER_TIME
  for (;;) {
    const server = launch(options, sockets)
    try {
      await untilReady(server, address)
      return { address, stop: () => stopped(server).finally(() => rm(sockets, { recursive: true, force: true })) }
    } catch (error) {
      await stopped(server)
      if (!/postmaster\.pid/.test(server.words()) || Date.now() > deadline) throw error
      await pause(200)
    }
  }
}

interface Server {
  child: ChildProcess
  exited: Promise<void>
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
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()).once('error', () => resolve()))
  return { child, exited, words: () => words }
}

async function untilReady(server: Server, address: PostgresAddress): Promise<void> {
  let gone = false
  void server.exited.then(() => {
    gone = true
  })
  const deadline = Date.now() + START_TIME
  while (!(await hasExtension(address))) {
    if (gone || Date.now() > deadline) throw new EngineError(`the database does not start: ${server.words().trim()}`)
    await pause(50)
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
