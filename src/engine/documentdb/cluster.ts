import { access, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Account, spawnAs } from './account.ts'
import { seconds } from './packages.ts'
import { output } from './run.ts'
import type { Tree } from './tree.ts'

export const SUPERUSER = 'postgres'

/**
 * Makes an empty cluster in the folder `data` unless one stands there; one that stands is whole.
 * @returns its path
 */
export async function makeCluster(
  tree: Tree,
  data: string,
  account: Account,
  progress: (line: string) => void,
): Promise<string> {
  const cluster = join(data, 'cluster')
  if (
    await access(cluster).then(
      () => true,
      () => false,
    )
  )
    return cluster
  const started = Date.now()
  progress('making an empty database, some 80 MB')
  const draft = `${cluster}.new`
  await rm(draft, { recursive: true, force: true })
  const args = ['-D', draft, '-U', SUPERUSER, '--auth=trust', '--no-locale', '-E', 'UTF8', '--no-instructions']
  const env = await accountFiles(data, account)
  await output(spawnAs(account, tree.initdb, args, { stdio: ['ignore', 'pipe', 'pipe'], env }), 'initdb')
  await rename(draft, cluster)
  progress(`made it in ${seconds(started)} s`)
  return cluster
}

/**
 * initdb wants a name for the account that it runs as; the machine need not have one.
 * @returns what tells nss_wrapper where the names stand
 */
async function accountFiles(data: string, { uid, gid }: Account): Promise<NodeJS.ProcessEnv> {
  const passwd = join(data, 'passwd')
  const group = join(data, 'group')
  await writeFile(passwd, `${SUPERUSER}:x:${uid}:${gid}::/:/bin/false\n`)
  await writeFile(group, `${SUPERUSER}:x:${gid}:\n`)
  return { NSS_WRAPPER_PASSWD: passwd, NSS_WRAPPER_GROUP: group }
}
