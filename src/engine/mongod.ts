import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Db, type Document, MongoClient, type MongoServerError } from 'mongodb'
import { MongoMemoryServer } from 'mongodb-memory-server'
import { EngineError } from './errors.ts'
import type { Credentials, Running, StartOptions } from './options.ts'

const AUTHENTICATION_FAILED = 18
const ALREADY_INITIALIZED = 23
const LAUNCH_MS = 120_000

/** Starts a mongod as a replica set of one, so that transactions work, with authentication on; its data stay in the folder. */
export async function startMongod(options: StartOptions): Promise<Running> {
  const { folder, mongodBinary, credentials, replicaSet } = options
  const dbPath = join(folder, 'mongod')
  await mkdir(dbPath, { recursive: true })
  options.progress('starting mongod (the first time it is downloaded, some 100 MB)')
  const server = await MongoMemoryServer.create({
    instance: {
      dbPath,
      storageEngine: 'wiredTiger',
      replSet: replicaSet,
      keyfileLocation: await keyFile(folder, credentials),
      launchTimeout: LAUNCH_MS,
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
    await becomePrimary(port, replicaSet, credentials)
  } catch (error) {
    await stop()
    throw error
  }
  return { port, data: dbPath, stop }
}

/** Members of a replica set with authentication share a key file of base64 characters. */
async function keyFile(folder: string, { password }: Credentials): Promise<string> {
  const path = join(folder, 'mongod-key')
  await rm(path, { force: true })
  await writeFile(path, Buffer.from(password).toString('base64'), { mode: 0o600 })
  return path
}

/**
 * Makes the replica set and its user where they are not there, as at the first start, and follows a changed port. Each step can
 * be repeated: a start that was killed in between goes on at the next one.
 */
async function becomePrimary(port: number, replicaSet: string, credentials: Credentials): Promise<void> {
  const host = `127.0.0.1:${port}`
  const user = await MongoClient.connect(uriOf(host, credentials)).catch(ifNoUser)
  const client = user ?? (await MongoClient.connect(uriOf(host)))
  const admin = client.db('admin')
  const config = { _id: replicaSet, version: 1, members: [{ _id: 0, host }] }
  try {
    if (user) await moveTo(host, admin)
    else await admin.command({ replSetInitiate: config }).catch(error => configureAnew(error, config, admin))
    await untilPrimary(admin)
    // Whoever comes from this machine may create the first user, and nothing else.
    if (!user) await admin.command({ createUser: credentials.user, pwd: credentials.password, roles: ['root'] })
  } finally {
    await client.close()
  }
}

async function moveTo(host: string, admin: Db): Promise<void> {
  const { config } = await admin.command({ replSetGetConfig: 1 })
  if (config.members[0].host === host) return
  const moved = { ...config, version: config.version + 1, members: [{ ...config.members[0], host }] }
  await admin.command({ replSetReconfig: moved, force: true })
}

function ifNoUser(error: MongoServerError): undefined {
  if (error.code !== AUTHENTICATION_FAILED) throw error
}

/** A start that was killed before there was a user left a replica set, perhaps on another port. */
async function configureAnew(error: MongoServerError, config: Document, admin: Db): Promise<void> {
  if (error.code !== ALREADY_INITIALIZED) throw error
  await admin.command({ replSetReconfig: config, force: true })
}

async function untilPrimary(admin: Db): Promise<void> {
  const deadline = Date.now() + LAUNCH_MS
  while (!(await admin.command({ hello: 1 })).isWritablePrimary) {
    if (Date.now() > deadline) throw new EngineError('mongod does not become the primary of its replica set')
    await pause(50)
  }
}

function uriOf(host: string, credentials?: Credentials): string {
  const user = credentials ? `${credentials.user}:${credentials.password}@` : ''
  return `mongodb://${user}${host}/?directConnection=true&authSource=admin`
}
