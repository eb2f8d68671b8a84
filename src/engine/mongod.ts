import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Db, type Document, MongoClient, type MongoServerError } from 'mongodb'
import { MongoMemoryServer } from 'mongodb-memory-server'
import { EngineError } from './errors.ts'
import type { Credentials, RunningServer, StartOptions } from './options.ts'

const AUTHENTICATION_FAILED = 18
const ALREADY_INITIALIZED = 23
const LAUNCH_TIMEOUT_MS = 120_000

/**
 * Starts a mongod with authentication, as a replica set with one member, since transactions require a replica set. Its data are in
 * the folder.
 * @throws EngineError when it does not become primary
 */
export async function startMongod(options: StartOptions): Promise<RunningServer> {
  const { folder, mongodBinary, credentials, replicaSet } = options
  const dbPath = join(folder, 'mongod')
  await mkdir(dbPath, { recursive: true })
  options.progress('starting mongod (downloaded before the first start, about 100 MB)')
  const server = await MongoMemoryServer.create({
    instance: {
      dbPath,
      storageEngine: 'wiredTiger',
      replSet: replicaSet,
      keyfileLocation: await writeKeyFile(folder, credentials),
      launchTimeout: LAUNCH_TIMEOUT_MS,
      ...(options.port ? { port: options.port } : {}),
    },
    // The library creates no user on a replica set, but stops the server with these credentials.
    auth: { enable: true, customRootName: credentials.user, customRootPwd: credentials.password },
    binary: mongodBinary ? { systemBinary: mongodBinary } : {},
  })
  const port = server.instanceInfo?.port ?? 0
  let isStopping = false
  const stop = async () => {
    isStopping = true
    await server.stop({ doCleanup: false })
  }
  server.instanceInfo?.instance.mongodProcess?.once('close', (code, signal) => {
    if (!isStopping) throw new EngineError(`the database server has ended (mongod, ${signal ?? `exit code ${code}`})`)
  })
  try {
    await initiateReplicaSet(port, replicaSet, credentials)
  } catch (error) {
    await stop()
    throw error
  }
  return { port, data: dbPath, stop }
}

/** Writes the key file that a replica set with authentication requires; its content must be base64. @returns its path */
async function writeKeyFile(folder: string, { password }: Credentials): Promise<string> {
  const path = join(folder, 'mongod-key')
  await rm(path, { force: true })
  await writeFile(path, Buffer.from(password).toString('base64'), { mode: 0o600 })
  return path
}

/**
 * Creates the replica set and its user on the first start, and updates the member's host when the port has changed. Every step can
 * be repeated: the next start continues one that was killed in between.
 */
async function initiateReplicaSet(port: number, replicaSet: string, credentials: Credentials): Promise<void> {
  const host = `127.0.0.1:${port}`
  const authenticated = await MongoClient.connect(uriOf(host, credentials)).catch(undefinedIfNoUser)
  const client = authenticated ?? (await MongoClient.connect(uriOf(host)))
  const admin = client.db('admin')
  const config = { _id: replicaSet, version: 1, members: [{ _id: 0, host }] }
  try {
    if (authenticated) await updateHost(host, admin)
    else await admin.command({ replSetInitiate: config }).catch(error => replaceConfig(error, config, admin))
    await waitUntilPrimary(admin)
    // Localhost exception: without authentication, a local client may only create the first user.
    if (!authenticated)
      await admin.command({ createUser: credentials.user, pwd: credentials.password, roles: ['root'] })
  } finally {
    await client.close()
  }
}

async function updateHost(host: string, admin: Db): Promise<void> {
  const { config } = await admin.command({ replSetGetConfig: 1 })
  if (config.members[0].host === host) return
  const updated = { ...config, version: config.version + 1, members: [{ ...config.members[0], host }] }
  await admin.command({ replSetReconfig: updated, force: true })
}

/** Returns undefined for the error that the user does not exist yet; throws any other. */
function undefinedIfNoUser(error: MongoServerError): undefined {
  if (error.code !== AUTHENTICATION_FAILED) throw error
}

/** Replaces the replica set that a start left behind which was killed before it created the user; its port may be another one. */
async function replaceConfig(error: MongoServerError, config: Document, admin: Db): Promise<void> {
  if (error.code !== ALREADY_INITIALIZED) throw error
  await admin.command({ replSetReconfig: config, force: true })
}

async function waitUntilPrimary(admin: Db): Promise<void> {
  const deadline = Date.now() + LAUNCH_TIMEOUT_MS
  while (!(await admin.command({ hello: 1 })).isWritablePrimary) {
    if (Date.now() > deadline) {
      throw new EngineError(`mongod did not become the primary of its replica set within ${LAUNCH_TIMEOUT_MS / 1000} s`)
    }
    await pause(50)
  }
}

function uriOf(host: string, credentials?: Credentials): string {
  const user = credentials ? `${credentials.user}:${credentials.password}@` : ''
  return `mongodb://${user}${host}/?directConnection=true&authSource=admin`
}
