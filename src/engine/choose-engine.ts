import { lookup } from 'node:dns/promises'
import { access, constants, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { EngineError } from './errors.ts'

const ENGINE_KINDS = ['mongod', 'documentdb'] as const
export type EngineKind = (typeof ENGINE_KINDS)[number]

const DOWNLOADS = 'fastdl.mongodb.org'
const LOOKUP_MS = 2_000

/**
 * The kind whose data lie in the folder; with none there, the one that is forced, or mongod where it can be had.
 * @throws EngineError when another kind is forced than the one that made the data
 */
export async function chooseEngine(
  folder: string,
  forced: EngineKind | undefined,
  mongodBinary: string | undefined,
): Promise<{ kind: EngineKind; reason: string }> {
  const kept = await keptKind(folder)
  if (kept && forced && kept !== forced) {
    throw new EngineError(`the data in ${folder} were made by ${kept}: ${forced} can not read them`)
  }
  if (kept) return { kind: kept, reason: 'its data are here' }
  if (forced) return { kind: forced, reason: 'GLANCE_ENGINE says so' }
  if (mongodBinary) return { kind: 'mongod', reason: 'MONGOMS_SYSTEM_BINARY names one' }
  const found = await onPath('mongod')
  if (found) return { kind: 'mongod', reason: `${found} is on PATH` }
  if (await resolves(DOWNLOADS)) return { kind: 'mongod', reason: 'it can be downloaded' }
  return { kind: 'documentdb', reason: `no mongod is installed, and ${DOWNLOADS} can not be reached` }
}

/** Keeps to the kind from now on, so that nothing seems lost when another could be had. */
export async function rememberKind(folder: string, kind: EngineKind): Promise<void> {
  await writeFile(join(folder, 'engine'), `${kind}\n`)
}

async function keptKind(folder: string): Promise<EngineKind | undefined> {
  const text = await readFile(join(folder, 'engine'), 'utf8').catch(() => '')
  const kind = text.trim()
  if (kind === '') return undefined
  if ((ENGINE_KINDS as readonly string[]).includes(kind)) return kind as EngineKind
  throw new EngineError(`${join(folder, 'engine')} names an engine that is not known: ${kind}`)
}

async function onPath(name: string): Promise<string | undefined> {
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

/** Asked cheaply first: a download that can not be reached takes many seconds to give up. */
async function resolves(host: string): Promise<boolean> {
  const late = new Promise<false>(done => setTimeout(done, LOOKUP_MS, false).unref())
  return Promise.race([
    lookup(host).then(
      () => true,
      () => false,
    ),
    late,
  ])
}
