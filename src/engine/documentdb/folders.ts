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

/** Data folders of checkouts that the server's account can not reach. */
const ELSEWHERE = '/var/lib/glance'
/** In a data folder elsewhere: the path of the link that it belongs to. */
const BELONGS_TO = 'belongs-to'
/** Of the package set and the wrappers in the tree: other ones lie beside it, for checkouts of other versions. */
const CACHE_VERSION = 2

/** Makes the folder where packages are kept for all checkouts of this user: somewhere that the server's account can read. */
export async function packageCache({ dropped }: Account): Promise<string> {
  const base = dropped ? '/var/cache/glance' : join(homedir(), '.cache', 'glance')
  return openFolder(await openFolder(base), `documentdb-${CACHE_VERSION}`)
}

/** Makes a folder that every account can enter, whatever the umask. */
async function openFolder(...parts: string[]): Promise<string> {
  const folder = join(...parts)
  const made = await mkdir(folder, { recursive: true })
  if (made) await chmod(folder, 0o755)
  return folder
}

/**
 * The folder of the database's data, which the server's account owns and can reach: `documentdb` in the folder, or, where every
 * account but root's is kept out of that, a folder elsewhere that `documentdb` links to. A folder that was moved takes its data
 * along; one that was copied gets a copy of them.
 * @returns a path without links
 * @throws EngineError when data that were there have gone, or belong to another account
 */
export async function dataFolder(folder: string, account: Account, progress: (line: string) => void): Promise<string> {
  const place = join(folder, 'documentdb')
  await finishReplacing(place)
  const found = await lstat(place).catch(() => undefined)
  const isReachable = !account.dropped || (await canBeEntered(folder))
  if (!found && isReachable) await mkdir(place)
  else if (!found) await linkTo(place, await folderElsewhere(place, progress))
  else if (found.isSymbolicLink()) await keepOwnCopy(place, progress)
  else if (!isReachable) await linkTo(place, await folderElsewhere(place, progress, place))
  const data = await realpath(place)
  await giveTo(data, account)
  return data
}

/** A copied checkout has a copy of the link: it must not share the data of the first. */
async function keepOwnCopy(place: string, progress: (line: string) => void): Promise<void> {
  const data = await realpath(place).catch(async () => {
    const target = await readlink(place)
    throw new EngineError(
      `the data are gone: ${place} links to ${target}, which is not there; remove the link to begin anew`,
    )
  })
  const owner = await readFile(join(data, BELONGS_TO), 'utf8').catch(() => place)
  if (owner === place) return
  const isCopy = (await realpath(owner).catch(() => undefined)) === data
  if (isCopy) await linkTo(place, await copyOfStopped(dirname(owner), () => folderElsewhere(place, progress, data)))
  else await writeFile(join(data, BELONGS_TO), place)
}

/** Copies the data of another checkout while nothing changes them. @throws EngineError when its database runs */
async function copyOfStopped(folder: string, copy: () => Promise<string>): Promise<string> {
  const unlock = await lockFolder(folder).catch(cause => {
    throw new EngineError(`the data of ${folder} are to be copied for this checkout: stop the service there first`, {
      cause,
    })
  })
  return copy().finally(unlock)
}

/** Makes a data folder that the server's account can reach, with the data of another one where there are some. */
async function folderElsewhere(place: string, progress: (line: string) => void, from?: string): Promise<string> {
  const folder = await mkdtemp(join(await openFolder(ELSEWHERE), 'data-'))
  progress(`the data lie in ${folder}: the database runs under an account that can not enter ${dirname(place)}`)
  if (from) await run('cp', ['--archive', `${from}/.`, folder])
  await writeFile(join(folder, BELONGS_TO), place)
  return folder
}

/** Puts a link in the place of whatever is there; a kill in between is mended by `finishReplacing`. */
async function linkTo(place: string, target: string): Promise<void> {
  await rm(`${place}.link`, { force: true })
  await symlink(target, `${place}.link`)
  const isFolder = (await lstat(place).catch(() => undefined))?.isDirectory()
  if (isFolder) await rename(place, `${place}.old`)
  await rename(`${place}.link`, place)
  await rm(`${place}.old`, { recursive: true, force: true })
}

async function finishReplacing(place: string): Promise<void> {
  const isThere = await lstat(place).catch(() => undefined)
  if (!isThere) await rename(`${place}.link`, place).catch(() => undefined)
  await rm(`${place}.old`, { recursive: true, force: true })
}

/** Gives the folder and all in it to the server's account: an older version, or a copy by root, left it to another one. */
async function giveTo(data: string, { dropped, uid, gid }: Account): Promise<void> {
  if (dropped) await run('chown', ['--recursive', `${uid}:${gid}`, data])
  const owner = (await stat(data)).uid
  if (owner !== uid)
    throw new EngineError(`the data in ${data} belong to uid ${owner}: only it and root can start the database`)
}

/** Whether every account can enter the folder: it and all folders above it. */
export async function canBeEntered(folder: string): Promise<boolean> {
  const path = await realpath(folder)
  const { mode } = await stat(path)
  if ((mode & 0o001) === 0) return false
  return dirname(path) === path || canBeEntered(dirname(path))
}
