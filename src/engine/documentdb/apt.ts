import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noEngine } from '../errors.ts'
import { debianSource } from './debian-source.ts'
import { run } from './run.ts'

/** Debian forky, by its codename: it has the extension, and will become the stable release. */
const SUITE = 'forky'

/** An apt of our own: its lists and state lie apart, the machine's are not touched. */
export interface Apt {
  get(args: string[], cwd?: string): Promise<string>
  cache(args: string[]): Promise<string>
  remove(): Promise<void>
}

/**
 * Sets it up and reads the package lists.
 * @throws EngineError where there is no apt-get, no mirror, or the mirror does not answer
 */
export async function privateApt(mirror: string | undefined): Promise<Apt> {
  if (process.platform !== 'linux') throw noEngine(`There is no mongod, and no Debian packages on ${process.platform}.`)
  await run('apt-get', ['--version']).catch(cause => {
    throw noEngine('There is no mongod, and no apt-get to get Debian packages.', cause)
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
    throw noEngine(`There is no mongod, and the Debian mirror ${uri} does not give ${SUITE}: ${cause.message}`, cause)
  })
  return apt
}

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
