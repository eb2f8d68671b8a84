import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { keptSecret } from '../lib/kept-secret.ts'
import { chooseEngine, type EngineKind, rememberKind } from './choose-engine.ts'
import { EngineError, FolderInUse } from './errors.ts'
import { lockFolder } from './lock.ts'
import type { Credentials, EngineOptions, Running, StartOptions } from './options.ts'
import { portToUse, rememberPort } from './port.ts'

const REPLICA_SET = 'glance'

export interface Engine {
  kind: 'server' | EngineKind
  uri: string
  /** Why this kind. */
  reason: string
  /** Where its data lie, if it was started here. */
  data?: string
  stop(): Promise<void>
}

/**
 * Gives a MongoDB: the one configured, else a mongod, else DocumentDB from Debian's packages behind a gateway. What it starts
 * listens on loopback, wants the password in its URI, and keeps password and port in the folder. Where a database server ends and
 * can not be started again, the process ends by an unhandled EngineError.
 * @throws EngineError when the folder or the port is in use, another kind made its data, or none can be had
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  if (options.uri)
    return { kind: 'server', uri: options.uri, reason: 'MONGODB_URI is set', stop: async () => undefined }
  const folder = resolve(options.folder)
  await mkdir(folder, { recursive: true })
  const unlock = await lockFolder(folder)
  try {
    const { kind, reason } = await chooseEngine(folder, options.kind, options.mongodBinary)
    const credentials = { user: 'glance', password: keptSecret(folder, 'database-password') }
    const port = await portToUse(folder, options.port)
    const running = await start(kind, { ...options, folder, credentials, port, replicaSet: REPLICA_SET })
    await rememberKind(folder, kind)
    await rememberPort(folder, running.port)
    const uri = uriOf(running.port, credentials)
    await writeUri(folder, uri)
    const stop = async () => {
      await rm(uriFile(folder), { force: true })
      await running.stop().finally(unlock)
    }
    return { kind, reason, uri, data: running.data, stop }
  } catch (error) {
    unlock()
    throw error
  }
}

/** As `startEngine`; where a process of ours runs one on the folder already, that one, which stays when this one is stopped. */
export async function joinEngine(options: EngineOptions): Promise<Engine> {
  try {
    return await startEngine(options)
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error
    const uri = await readFile(uriFile(resolve(options.folder)), 'utf8').catch(cause => {
      throw new EngineError(`${error.message}, and its database can not be joined yet: ${cause.message}`, { cause })
    })
    return { kind: 'server', uri, reason: 'a process that runs has it', stop: async () => undefined }
  }
}

/** Where the address of a running engine stands, with its password, for scripts and shells beside a service. */
export function uriFile(folder: string): string {
  return join(folder, 'uri')
}

async function writeUri(folder: string, uri: string): Promise<void> {
  const path = uriFile(folder)
  await rm(path, { force: true })
  await writeFile(path, uri, { mode: 0o600 })
}

function uriOf(port: number, { user, password }: Credentials): string {
  return `mongodb://${user}:${password}@127.0.0.1:${port}/?replicaSet=${REPLICA_SET}`
}

/** The packages an engine needs are for development only: they are loaded here and nowhere else. */
async function start(kind: EngineKind, options: StartOptions): Promise<Running> {
  try {
    if (kind === 'mongod') return await (await import('./mongod.ts')).startMongod(options)
    return await (await import('./documentdb.ts')).startDocumentdb(options)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new EngineError(
      'MONGODB_URI is not set, and the embedded engine is not installed (npm ci without --omit=dev)',
    )
  }
}
