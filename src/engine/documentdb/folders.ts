import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { EngineError } from '../errors.ts'
import { lockFolder } from '../lock.ts'
import type { Account } from './account.ts'
import { run } from './run.ts'

/** The parent of external data folders, for checkouts that the server's account can not enter. */
const EXTERNAL_DATA_ROOT = '/var/lib/glance'
/** A file in an external data folder: contains the path of the link that the folder belongs to. */
const OWNER_FILE = 'belongs-to'
/** Version of the package list and the wrapper scripts. Checkouts of different versions use different cache folders. */
const CACHE_VERSION = 2

/**
 * Creates the cache folder for packages, which the server's account can read.
 * @returns its path, the same for all checkouts of this user
 */
export async function packageCache({ dropsPrivileges }: Account): Promise<string> {
  const base = dropsPrivileges ? '/var/cache/glance' : join(homedir(), '.cache', 'glance')
  return makeEnterable(await makeEnterable(base), `documentdb-${CACHE_VERSION}`)
}

/** Creates a folder that every account can enter, whatever the umask. The mode of an existing one is not changed. */
async function makeEnterable(...parts: string[]): Promise<string> {
  const folder = join(...parts)
  const created = await mkdir(folder, { recursive: true })
  if (created) await chmod(folder, 0o755)
  return folder
}

/**
 * Creates the folder for the database's data, which the server's account owns and can enter. It is `documentdb` in the given
 * folder; if only root can enter that, `documentdb` is a symbolic link to an external data folder. A checkout that was moved keeps
 * its data; a checkout that was copied gets a copy of them.
 * @returns its path without symbolic links
 * @throws EngineError when the target of the link is missing, the data belong to another account, or the data of a running database
 *   would have to be copied
 */
export async function dataFolder(folder: string, account: Account, progress: (line: string) => void): Promise<string> {
  const path = join(folder, 'documentdb')
  await finishReplacement(path)
  const existing = await lstat(path).catch(() => undefined)
  const isReachable = !account.dropsPrivileges || (await canBeEntered(folder))
  if (!existing && isReachable) await mkdir(path)
  else if (!existing) await replaceByLink(path, await createExternal(path, progress))
  else if (existing.isSymbolicLink()) await claimLinked(path, progress)
  else if (!isReachable) await replaceByLink(path, await createExternal(path, progress, path))
  const data = await realpath(path)
  await ensureOwner(data, account)
  return data
}

/**
 * Ensures that no other checkout uses the external data folder that a link points to. Copying a checkout copies the link, so a copy
 * gets a copy of the data; moving a checkout only changes the path in the owner file.
 */
async function claimLinked(path: string, progress: (line: string) => void): Promise<void> {
  const data = await realpath(path).catch(async () => {
    const target = await readlink(path)
    throw new EngineError(
      `the data are missing: ${path} links to ${target}, which does not exist; remove the link to start with an empty database`,
    )
  })
  const owner = await readFile(join(data, OWNER_FILE), 'utf8').catch(() => path)
  if (owner === path) return
  const isCopy = (await realpath(owner).catch(() => undefined)) === data
  if (isCopy) await replaceByLink(path, await whileStopped(dirname(owner), () => createExternal(path, progress, data)))
  else await writeFile(join(data, OWNER_FILE), path)
}

/** Copies the data of another checkout while its folder is locked. @throws EngineError when its database is running */
async function whileStopped(folder: string, copy: () => Promise<string>): Promise<string> {
  const unlock = await lockFolder(folder).catch(cause => {
    throw new EngineError(`the data of ${folder} must be copied for this checkout: stop the service there first`, {
      cause,
    })
  })
  return copy().finally(unlock)
}

/**
 * Creates an external data folder, which the server's account can enter.
 * @param path the link that will point to it
 * @param from a data folder whose content is copied
 */
async function createExternal(path: string, progress: (line: string) => void, from?: string): Promise<string> {
  const folder = await mkdtemp(join(await makeEnterable(EXTERNAL_DATA_ROOT), 'data-'))
  progress(`the data are stored in ${folder}: the database runs as an account that can not enter ${dirname(path)}`)
  if (from) await run('cp', ['--archive', `${from}/.`, folder])
  await writeFile(join(folder, OWNER_FILE), path)
  return folder
}

/** Replaces a folder or link by a link. If it is killed, `finishReplacement` completes it at the next start. */
async function replaceByLink(path: string, target: string): Promise<void> {
  await rm(`${path}.link`, { force: true })
  await symlink(target, `${path}.link`)
  const isFolder = (await lstat(path).catch(() => undefined))?.isDirectory()
  if (isFolder) await rename(path, `${path}.old`)
  await rename(`${path}.link`, path)
  await rm(`${path}.old`, { recursive: true, force: true })
}

async function finishReplacement(path: string): Promise<void> {
  const exists = await lstat(path).catch(() => undefined)
  if (!exists) await rename(`${path}.link`, path).catch(() => undefined)
  await rm(`${path}.old`, { recursive: true, force: true })
}

/**
 * Changes the owner of a data folder and its content to the server's account: an older version, or a copy by root, may have left
 * another owner.
 * @throws EngineError when this process may not do so
 */
async function ensureOwner(data: string, { dropsPrivileges, uid, gid }: Account): Promise<void> {
  if (dropsPrivileges) await run('chown', ['--recursive', `${uid}:${gid}`, data])
  const owner = (await stat(data)).uid
  if (owner !== uid)
    throw new EngineError(`the data in ${data} belong to uid ${owner}: only that user and root can start the database`)
}

/** Whether every account can enter a folder: it and all its parents allow others to. */
export async function canBeEntered(folder: string): Promise<boolean> {
  const path = await realpath(folder)
  const { mode } = await stat(path)
  if ((mode & 0o001) === 0) return false
  return dirname(path) === path || canBeEntered(dirname(path))
}
