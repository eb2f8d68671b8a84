import { access, rename, rm } from 'node:fs/promises'
import { type Account, spawnAs } from './account.ts'
import { seconds } from './packages.ts'
import { output } from './run.ts'
import type { Tree } from './tree.ts'

export const SUPERUSER = 'postgres'

/** Makes an empty cluster unless one stands; one that stands is whole. */
export async function makeCluster(
  tree: Tree,
  cluster: string,
  account: Account,
  progress: (line: string) => void,
): Promise<void> {
  if (
    await access(cluster).then(
      () => true,
      () => false,
    )
  )
    return
  const started = Date.now()
  const draft = `${cluster}.new`
  await rm(draft, { recursive: true, force: true })
  const args = ['-D', draft, '-U', SUPERUSER, '--auth=trust', '--no-locale', '-E', 'UTF8', '--no-instructions']
  await output(spawnAs(account, tree.initdb, args, { stdio: ['ignore', 'pipe', 'pipe'] }), 'initdb')
  await rename(draft, cluster)
  progress(`made an empty database in ${seconds(started)} s`)
}
