import { rmSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PREFIX = 'glance-'
/** A socket in each process's folder: it accepts connections for as long as the process lives. */
const OWNER = 'owner'
/** Folders without an `owner`, those of older versions, are taken for abandoned when nothing has changed in them for so long. */
const ABANDONED_AFTER_MS = 2 * 3_600_000

let processFolder: Promise<string> | undefined

/**
 * Makes an empty folder for data that need not outlive this process. It lies in one folder of this process's in the system's
 * temporary folder, which goes when the process exits; what a killed process leaves is removed by `removeAbandonedFolders`.
 * @param name says in the path what it is for
 */
export async function temporaryFolder(name: string): Promise<string> {
  processFolder ??= makeProcessFolder()
  return mkdtemp(join(await processFolder, `${name}-`))
}

/** Runs `work` with a temporary folder that is removed afterwards. */
export async function withTemporaryFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await temporaryFolder('work')
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Others may pass through it: the embedded database runs under an account of its own. */
async function makeProcessFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), PREFIX))
  await chmod(folder, 0o711)
  const server = createServer(socket => socket.destroy())
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(join(folder, OWNER), resolve))
  server.unref()
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/**
 * Removes the temporary folders of processes that were killed, people's photographs in them. Folders of other users stay.
 * @returns how many were removed
 */
export async function removeAbandonedFolders(): Promise<number> {
  let removed = 0
  for (const name of await readdir(tmpdir())) {
    const folder = join(tmpdir(), name)
    if (!name.startsWith(PREFIX) || !(await isAbandoned(folder))) continue
    await rm(folder, { recursive: true, force: true })
    removed++
  }
  return removed
}

async function isAbandoned(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined)
  const isOurs = found?.uid === (process.getuid?.() ?? found?.uid)
  if (!found?.isDirectory() || !isOurs) return false
  const owner = await answerOf(join(folder, OWNER))
  return owner === 'ECONNREFUSED' || (owner === 'ENOENT' && found.mtimeMs < Date.now() - ABANDONED_AFTER_MS)
}

/** The error code of a connection attempt; undefined when it is accepted. */
function answerOf(path: string): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
}
