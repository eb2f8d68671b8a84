import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { chooseKind, type EngineKind, rememberKind } from './choice.ts'
import { EngineError, FolderInUse } from './errors.ts'
import { lockFolder } from './lock.ts'
import type { EngineOptions, Running } from './options.ts'

export interface Engine {
  kind: 'server' | EngineKind
  uri: string
  /** Why this kind. */
  reason: string
  stop(): Promise<void>
}

/**
 * Gives a MongoDB: the one configured, else a mongod, else DocumentDB from Debian's packages behind a gateway.
 * @throws EngineError when the folder is in use, another kind made its data, or none can be had
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  if (options.uri)
    return { kind: 'server', uri: options.uri, reason: 'MONGODB_URI is set', stop: async () => undefined }
  const folder = resolve(options.folder)
  await mkdir(folder, { recursive: true })
  const unlock = await lockFolder(folder)
  try {
    const { kind, reason } = await chooseKind(folder, options.kind, options.mongodBinary)
    const running = await start(kind, { ...options, folder })
    await rememberKind(folder, kind)
    await writeFile(uriFile(folder), running.uri)
    const stop = async () => {
      await rm(uriFile(folder), { force: true })
      await running.stop().finally(unlock)
    }
    return { kind, reason, uri: running.uri, stop }
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
    const uri = await readFile(uriFile(resolve(options.folder)), 'utf8')
    return { kind: 'server', uri, reason: 'a process that runs has it', stop: async () => undefined }
  }
}

/** Where the address of a running engine stands, for scripts beside a service. */
function uriFile(folder: string): string {
  return join(folder, 'uri')
}

/** The packages an engine needs are for development only: they are loaded here and nowhere else. */
async function start(kind: EngineKind, options: EngineOptions): Promise<Running> {
  try {
    if (kind === 'mongod') return (await import('./mongod.ts')).startMongod(options)
    return (await import('./documentdb.ts')).startDocumentdb(options)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new EngineError(
      'MONGODB_URI is not set, and the embedded engine is not installed (npm ci without --omit=dev)',
    )
  }
}
