import { lookup } from 'node:dns/promises'
import { access, constants, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { EngineError } from './errors.ts'

const ENGINE_KINDS = ['mongod', 'documentdb'] as const
/** A kind of embedded database. */
export type EngineKind = (typeof ENGINE_KINDS)[number]

/** The host that mongod is downloaded from. */
const DOWNLOAD_HOST = 'fastdl.mongodb.org'
const LOOKUP_TIMEOUT_MS = 2_000

/**
 * Chooses the kind of the embedded database: the one whose data are in the folder; else the configured one; else mongod if it is
 * installed or can be downloaded; else DocumentDB.
 * @param configured the value of GLANCE_ENGINE
 * @param mongodBinary the value of MONGOMS_SYSTEM_BINARY
 * @returns the kind, and why it was chosen
 * @throws EngineError when the configured kind is not the one that created the data
 */
export async function chooseEngine(
  folder: string,
  configured: EngineKind | undefined,
  mongodBinary: string | undefined,
): Promise<{ kind: EngineKind; reason: string }> {
  const stored = await storedKind(folder)
  if (stored && configured && stored !== configured) {
    throw new EngineError(
      `the data in ${folder} were created by ${stored}, ${configured} can not read them: ` +
        'unset GLANCE_ENGINE, or set GLANCE_FOLDER to another folder',
    )
  }
  if (stored) return { kind: stored, reason: 'it created the data in this folder' }
  if (configured) return { kind: configured, reason: 'set by GLANCE_ENGINE' }
  if (mongodBinary) return { kind: 'mongod', reason: 'set by MONGOMS_SYSTEM_BINARY' }
  const installed = await findOnPath('mongod')
  if (installed) return { kind: 'mongod', reason: `found ${installed} on PATH` }
  if (await canResolve(DOWNLOAD_HOST)) return { kind: 'mongod', reason: `downloaded from ${DOWNLOAD_HOST}` }
  return { kind: 'documentdb', reason: `mongod is not installed, and ${DOWNLOAD_HOST} can not be reached` }
}

/** Stores the kind with the data, so that later starts use the same one even if another becomes available. */
export async function rememberKind(folder: string, kind: EngineKind): Promise<void> {
  await writeFile(join(folder, 'engine'), `${kind}\n`)
}

async function storedKind(folder: string): Promise<EngineKind | undefined> {
  const path = join(folder, 'engine')
  const kind = (await readFile(path, 'utf8').catch(() => '')).trim()
  if (kind === '') return undefined
  if ((ENGINE_KINDS as readonly string[]).includes(kind)) return kind as EngineKind
  throw new EngineError(`${path} contains an unknown engine: ${kind}; allowed are ${ENGINE_KINDS.join(' and ')}`)
}

/** Returns the path of an executable on PATH. */
async function findOnPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name)
    if (
      folder !== '' &&
      (await access(path, constants.X_OK).then(
        () => true,
        () => false,
      ))
    )
      return path
  }
  return undefined
}

/** Whether a host name resolves within 2 s: a cheap check, since a download from an unreachable host fails after many seconds. */
async function canResolve(host: string): Promise<boolean> {
  const timeout = new Promise<false>(resolve => setTimeout(resolve, LOOKUP_TIMEOUT_MS, false).unref())
  return Promise.race([
    lookup(host).then(
      () => true,
      () => false,
    ),
    timeout,
  ])
}
