import { access, chmod, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '../errors.ts'
import { cachedPackages, secondsSince } from './packages.ts'
import { run } from './run.ts'

/** The multiarch triple and the dynamic loader of each supported architecture. */
const LOADERS: Record<string, { triple: string; loader: string }> = {
  x64: { triple: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { triple: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
}
/** Patterns of files that are not unpacked. */
const EXCLUDED_PATHS = ['./usr/share/doc', './usr/share/man', './usr/share/locale', '*/bitcode']

/** The paths of the programs in the unpacked packages. */
export interface Tree {
  postgres: string
  initdb: string
}

/**
 * Returns PostgreSQL with its extensions, and downloads and unpacks it if the cache does not contain it. It runs with its own
 * loader and libraries, and needs neither root nor chroot. The tree is unpacked in a temporary folder and renamed when it is
 * complete, so an existing one is always complete.
 * @param cache the folder for packages and tree
 * @param mirror URL of a Debian mirror; undefined for the mirror of the machine
 * @throws EngineError when the packages can not be downloaded, or there are none for this architecture
 */
export async function installedTree(
  cache: string,
  mirror: string | undefined,
  progress: (line: string) => void,
): Promise<Tree> {
  const root = join(cache, 'tree')
  if (
    !(await access(root).then(
      () => true,
      () => false,
    ))
  ) {
    await unpackTree(root, await cachedPackages(join(cache, 'packages'), mirror, progress), progress)
  }
  const bin = join(root, 'usr/lib/postgresql/18/bin')
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') }
}

async function unpackTree(root: string, packages: string[], progress: (line: string) => void): Promise<void> {
  const start = Date.now()
  progress(`unpacking ${packages.length} packages, about 170 MB`)
  const temporary = `${root}.${process.pid}`
  await mkdir(temporary, { recursive: true })
  await chmod(temporary, 0o755)
  try {
    for (const path of packages) await unpack(path, temporary)
    await addWrappers(temporary, root)
    await linkPostgis(temporary)
    await rename(temporary, root).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
  progress(`unpacked the packages in ${secondsSince(start)} s`)
}

async function unpack(path: string, folder: string): Promise<void> {
  const exclude = EXCLUDED_PATHS.map(pattern => `--exclude=${pattern}`)
  const script = 'archive=$1; shift; dpkg-deb --fsys-tarfile "$archive" | tar -x --no-same-owner "$@"'
  await run('sh', ['-ec', script, 'unpack', path, ...exclude, '-C', folder])
}

/**
 * Replaces the programs by scripts that run them with the unpacked loader and libraries, since the machine's may be too old; with
 * nss_wrapper if the environment configures it.
 * @param temporary the folder to change
 * @param root its final path, which the scripts refer to
 */
async function addWrappers(temporary: string, root: string): Promise<void> {
  const machine = LOADERS[process.arch]
  if (!machine) {
    const supported = Object.keys(LOADERS).join(' and ')
    throw new EngineError(`the embedded database is not available for ${process.arch}, only for ${supported}`)
  }
  const { triple, loader } = machine
  const libraries = [`${root}/usr/lib/${triple}`, `${root}/usr/lib/postgresql/18/lib`].join(':')
  for (const name of ['postgres', 'initdb']) {
    const program = join(temporary, 'usr/lib/postgresql/18/bin', name)
    await rename(program, `${program}.bin`)
    const preload = `\${NSS_WRAPPER_PASSWD:+--preload "${root}/usr/lib/${triple}/libnss_wrapper.so"}`
    const options = `${preload} --library-path "${libraries}" --argv0 "$0"`
    await writeFile(program, `#!/bin/sh\nexec "${root}/usr/lib/${triple}/${loader}" ${options} "$0.bin" "$@"\n`)
    await chmod(program, 0o755)
  }
}

/** Links PostGIS under its default name. Debian does this when it installs the package; here packages are only unpacked. */
async function linkPostgis(tree: string): Promise<void> {
  const extensions = join(tree, 'usr/share/postgresql/18/extension')
  if ((await readdir(extensions)).includes('postgis.control')) return
  await symlink('postgis-3.control', join(extensions, 'postgis.control'))
}
