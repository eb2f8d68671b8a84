import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { engineUnavailable } from '../errors.ts'
import { debianSource } from './debian-source.ts'
import { run } from './run.ts'

/** The codename of the Debian release with the DocumentDB extension; it will become stable. */
const SUITE = 'forky'

/** An apt with its own configuration, package lists and state; it does not change those of the machine. */
export interface Apt {
  /** Runs apt-get. @returns its output */
  get(args: string[], cwd?: string): Promise<string>
  /** Runs apt-cache. @returns its output */
  cache(args: string[]): Promise<string>
  /** Deletes its files. */
  remove(): Promise<void>
}

/**
 * Creates a private apt and downloads the package lists.
 * @param mirror URL of a Debian mirror; undefined for the mirror of the machine
 * @throws EngineError when there is no apt-get or no mirror, or the lists can not be downloaded
 */
export async function privateApt(mirror: string | undefined): Promise<Apt> {
  if (process.platform !== 'linux')
    throw engineUnavailable(`mongod is not available, and Debian packages do not run on ${process.platform}.`)
  await run('apt-get', ['--version']).catch(cause => {
    throw engineUnavailable('mongod is not available, and neither is apt-get to download Debian packages.', cause)
  })
  const { uri, keyring } = await debianSource(mirror)
  const folder = await mkdtemp(join(tmpdir(), 'glance-apt-'))
  for (const part of ['lists/partial', 'cache/archives/partial']) await mkdir(join(folder, part), { recursive: true })
  await writeFile(join(folder, 'sources.list'), `deb [signed-by=${keyring}] ${uri} ${SUITE} main\n`)
  await writeFile(join(folder, 'status'), '')
  const options = settings(folder)
  const apt = {
    get: (args: string[], cwd?: string) => run('apt-get', [...options, ...args], cwd),
    cache: (args: string[]) => run('apt-cache', [...options, ...args]),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
  await apt.get(['update', '--error-on=any']).catch(async cause => {
    await apt.remove()
    throw engineUnavailable(
      `mongod is not available, and the package lists of ${SUITE} can not be read from ${uri}: ${cause.message}`,
      cause,
    )
  })
  return apt
}

/** Returns the options that keep apt's configuration and state within a folder. */
function settings(folder: string): string[] {
  return [
    `Dir::Etc::sourcelist=${folder}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    'Dir::Etc::preferences=/dev/null',
    'Dir::Etc::preferencesparts=/dev/null',
    `Dir::State::lists=${folder}/lists`,
    `Dir::State::status=${folder}/status`,
    `Dir::Cache=${folder}/cache`,
    'Acquire::Check-Valid-Until=false',
    'Acquire::Languages=none',
    'APT::Sandbox::User=root',
    'quiet=1',
  ].flatMap(option => ['-o', option])
}
