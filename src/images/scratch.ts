import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PREFIX = 'glance-scratch-'
/** Twice as long as an upload may take in any process of this machine, in ms. */
const ABANDONED_AFTER = 2 * 3_600_000

/** Works in a folder of its own that is gone afterwards: files that are too large for memory and need not survive. */
export async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), PREFIX))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Removes the folders that whoever was killed left behind, people's photographs in them. What other users of the machine left is theirs. */
export async function sweepFolders(): Promise<number> {
  const now = Date.now()
  let swept = 0
  for (const name of await readdir(tmpdir())) {
    const folder = join(tmpdir(), name)
    if (!name.startsWith(PREFIX) || !(await isLeft(folder, now))) continue
    await rm(folder, { recursive: true, force: true })
    swept++
  }
  return swept
}

/** Another process may have been faster: then there is nothing any more. */
async function isLeft(folder: string, now: number): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined)
  const isOurs = found?.uid === (process.getuid?.() ?? found?.uid)
  return found !== undefined && isOurs && found.mtimeMs < now - ABANDONED_AFTER
}
