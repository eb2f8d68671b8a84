import { rmSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PREFIX = 'glance-'
/** Name of a socket in the folder of each process; it accepts connections while the process runs. */
const OWNER = 'owner'
/** Folders without that socket, those of older versions, count as abandoned after this time without a change. */
const ABANDONED_AFTER_MS = 2 * 3_600_000

let processFolder: Promise<string> | undefined

/**
 * Creates an empty folder for data that need not outlive the process. It is inside the folder of this process in the system's
 * temporary folder, which is removed at exit; `removeAbandonedFolders` removes those of killed processes.
 * @param name becomes part of the path
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

/** Creates the folder of this process, which other accounts may enter: the embedded database runs under its own account. */
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
 * Removes the temporary folders of killed processes, which may contain uploaded images. Folders of other users stay.
 * @returns the number of removed folders
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
  const owner = await connectionError(join(folder, OWNER))
  return owner === 'ECONNREFUSED' || (owner === 'ENOENT' && found.mtimeMs < Date.now() - ABANDONED_AFTER_MS)
}

/** Connects to a socket. @returns the error code; undefined when the connection is accepted */
function connectionError(path: string): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(undefined)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
  })
}
