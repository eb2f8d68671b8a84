import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { keptSecret } from '../lib/kept-secret.ts'
import { chooseEngine, type EngineKind, rememberKind } from './choose-engine.ts'
import { EngineError, FolderInUse } from './errors.ts'
import { lockFolder } from './lock.ts'
import type { Credentials, EngineOptions, RunningServer, StartOptions } from './options.ts'
import { choosePort, rememberPort } from './port.ts'

const REPLICA_SET = 'glance'

/** The database that the service uses. */
export interface Engine {
  /** `server` for a database that this process did not start. */
  kind: 'server' | EngineKind
  /** The connection string, with the password. */
  uri: string
  /** Why this kind was chosen, for people. */
  reason: string
  /** The folder of its data, if this process started it. */
  data?: string
  stop(): Promise<void>
}

/**
 * Provides a MongoDB: the configured one; else a mongod; else DocumentDB from Debian's packages behind a gateway. A server that it
 * starts listens on loopback and requires the password in its URI; password and port are stored in the folder. When that server
 * ends and can not be restarted, the process ends with an unhandled EngineError.
 * @throws EngineError when the folder or the port is in use, another kind created the data, or no kind is available
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
    const port = await choosePort(folder, options.port)
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

/**
 * Returns the embedded database that another process runs in the folder, and otherwise starts one as `startEngine` does. Stopping
 * the result does not stop a database of another process.
 * @throws EngineError as `startEngine` does, or when the other process has not finished starting its database
 */
export async function joinEngine(options: EngineOptions): Promise<Engine> {
  try {
    return await startEngine(options)
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error
    const uri = await readFile(uriFile(resolve(options.folder)), 'utf8').catch(cause => {
      throw new EngineError(`${error.message}, and its database does not accept connections yet: ${cause.message}`, {
        cause,
      })
    })
    return { kind: 'server', uri, reason: 'started by another process', stop: async () => undefined }
  }
}

/** Returns the path of the file that contains the URI of a running embedded database, with its password, for scripts and shells. */
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

/**
 * Starts an embedded database. Its packages are development dependencies, so they are imported only here.
 * @throws EngineError when they are not installed
 */
async function start(kind: EngineKind, options: StartOptions): Promise<RunningServer> {
  try {
    if (kind === 'mongod') return await (await import('./mongod.ts')).startMongod(options)
    return await (await import('./documentdb.ts')).startDocumentdb(options)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new EngineError(
      'MONGODB_URI is not set, and the embedded database is not installed: set it, or run npm ci without --omit=dev',
    )
  }
}
