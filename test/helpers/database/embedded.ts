import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MongoClient, type MongoClientOptions } from 'mongodb'
import pg from 'pg'
import type { Test } from 'tap'
import { serverAccount } from '../../../src/engine/documentdb/account.ts'
import { makeCluster } from '../../../src/engine/documentdb/cluster.ts'
import { debianSource } from '../../../src/engine/documentdb/debian-source.ts'
import { canBeEntered, packageCache } from '../../../src/engine/documentdb/folders.ts'
import { startPostgres } from '../../../src/engine/documentdb/postgres.ts'
import { installedTree } from '../../../src/engine/documentdb/tree.ts'
import { startGateway } from '../../../src/engine/gateway/gateway.ts'
import type { PostgresServer } from '../../../src/engine/gateway/sql.ts'

const silent = () => undefined

/** Why the embedded database can not be tried here, if it can not. */
export const noEmbedded = await debianSource().then(
  () => false as const,
  () => 'no Debian package source on this machine',
)

/** Why nothing can be run as another user here, if it can not. */
export const noOtherUser =
  (process.getuid?.() !== 0 && 'needs root, to become another user') ||
  (!(await canBeEntered(fileURLToPath(new URL('../..', import.meta.url)))) && 'other users may not enter this checkout')

/** A folder that is removed when the test ends; others may enter it, whatever the umask. */
export async function ownFolder(t: Test, mode = 0o755): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'glance-embedded-'))
  await chmod(folder, mode)
  // A server whose parent was killed writes on for some seconds.
  t.teardown(() => rm(folder, { recursive: true, force: true, maxRetries: 50 }))
  return folder
}

/** A PostgreSQL with the extension, and a client of it. */
export async function aPostgres(t: Test, { durable = false, progress = silent as (line: string) => void } = {}) {
  const account = serverAccount()
  const tree = await installedTree(await packageCache(account), undefined, silent)
  const data = await ownFolder(t, 0o777)
  const cluster = await makeCluster(tree, data, account, silent)
  const server = await startPostgres({ tree, cluster, account, durable, progress })
  const client = new pg.Client(server.address)
  client.on('error', silent)
  await client.connect()
  t.teardown(async () => {
    await client.end().catch(silent)
    await server.stop()
  })
  return { server, client, cluster }
}

export const CREDENTIALS = { user: 'test', password: 'secret' }

/** A gateway to a PostgreSQL, and a way to connect to it by the wire protocol. */
export async function aGateway(t: Test, postgres: PostgresServer) {
  const gateway = await startGateway({ postgres, credentials: CREDENTIALS, replicaSet: 'glance' })
  t.teardown(() => gateway.close())
  const { user, password } = CREDENTIALS
  return {
    gateway,
    async connects(options: MongoClientOptions = {}, login = `${user}:${password}@`): Promise<MongoClient> {
      const uri = `mongodb://${login}127.0.0.1:${gateway.port}/`
      const patient = { replicaSet: 'glance', serverSelectionTimeoutMS: 60_000 }
      const client = new MongoClient(uri, options.directConnection ? options : { ...patient, ...options })
      t.teardown(() => client.close())
      return client.connect()
    },
  }
}

/** The command lines of the processes of a database that has its data below the path. */
export async function serversOf(path: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const lines = await Promise.all(ids.map(id => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter(line => line.includes(path) && line.includes('postgres'))
}

/** Kills the database server that has its data in the cluster. */
export async function killServer(cluster: string): Promise<void> {
  const [id = ''] = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(id), 'SIGKILL')
}
