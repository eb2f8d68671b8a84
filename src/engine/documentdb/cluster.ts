import { access, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Account, spawnAs } from './account.ts'
import { secondsSince } from './packages.ts'
import { outputOf } from './run.ts'
import type { Tree } from './tree.ts'

/** The PostgreSQL user that owns the cluster. */
export const SUPERUSER = 'postgres'

/**
 * Creates an empty PostgreSQL cluster in the folder `data` unless it contains one. The cluster is created in a temporary folder and
 * renamed when it is complete, so an existing one is always complete.
 * @returns its path
 * @throws EngineError when initdb fails
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
  const start = Date.now()
  progress('creating an empty database, about 80 MB')
  const temporary = `${cluster}.new`
  await rm(temporary, { recursive: true, force: true })
  const args = ['-D', temporary, '-U', SUPERUSER, '--auth=trust', '--no-locale', '-E', 'UTF8', '--no-instructions']
  const env = await writeAccountFiles(data, account)
  await outputOf(spawnAs(account, tree.initdb, args, { stdio: ['ignore', 'pipe', 'pipe'], env }), 'initdb')
  await rename(temporary, cluster)
  progress(`created the database in ${secondsSince(start)} s`)
  return cluster
}

/**
 * Writes passwd and group files with a name for the account: initdb requires one, and the machine may have none for its uid.
 * @returns the environment that makes nss_wrapper read these files
 */
async function writeAccountFiles(data: string, { uid, gid }: Account): Promise<NodeJS.ProcessEnv> {
  const passwd = join(data, 'passwd')
  const group = join(data, 'group')
  await writeFile(passwd, `${SUPERUSER}:x:${uid}:${gid}::/:/bin/false\n`)
  await writeFile(group, `${SUPERUSER}:x:${gid}:\n`)
  return { NSS_WRAPPER_PASSWD: passwd, NSS_WRAPPER_GROUP: group }
}
