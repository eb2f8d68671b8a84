import { createHash } from 'node:crypto'
import { chown, lstat, mkdir, rename, stat, symlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Account } from './account.ts'

/** Where packages are kept for all checkouts of this user: somewhere the server's account can read. */
export function packageCache({ dropped }: Account): string {
  return join(dropped ? '/var/cache/glance' : join(homedir(), '.cache', 'glance'), 'documentdb')
}

/**
 * Where the data lie: in the folder, or, where the server's account can not reach that, elsewhere with a link to it.
 */
export async function dataFolder(folder: string, account: Account, progress: (line: string) => void): Promise<string> {
  const data = join(folder, 'documentdb')
  if (
    await lstat(data).then(
      () => true,
      () => false,
    )
  )
    return data
  const name = createHash('sha256').update(data).digest('hex').slice(0, 16)
  const elsewhere = join('/var/lib/glance', name)
  const reachable = !account.dropped || (await isReachable(folder))
  await ownedFolder(reachable ? data : elsewhere, account)
  if (!reachable) {
    progress(`the data lie in ${elsewhere}: the database's account can not reach ${folder}`)
    await symlink(elsewhere, `${data}.new`)
    await rename(`${data}.new`, data)
  }
  return data
}

async function ownedFolder(folder: string, account: Account): Promise<void> {
  await mkdir(folder, { recursive: true })
  if (account.dropped) await chown(folder, account.uid, account.gid)
}

/** Every folder from the root down can be entered by others. */
async function isReachable(folder: string): Promise<boolean> {
  const { mode } = await stat(folder)
  if ((mode & 0o001) === 0) return false
  return dirname(folder) === folder || isReachable(dirname(folder))
}
