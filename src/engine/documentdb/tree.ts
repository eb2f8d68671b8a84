import { access, chmod, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '../errors.ts'
import { keptPackages, seconds } from './packages.ts'
import { run } from './run.ts'

const LOADERS: Record<string, { triple: string; loader: string }> = {
  x64: { triple: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { triple: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
}
const LEFT_OUT = ['./usr/share/doc', './usr/share/man', './usr/share/locale', '*/bitcode']

/** Where the unpacked packages have their programs. */
export interface Tree {
  postgres: string
  initdb: string
}

/**
 * PostgreSQL with its extension, unpacked and ready to run with its own loader and libraries; no root, no chroot.
 * A tree that stands is whole: it is made beside and put in its place by one rename.
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
    await makeTree(root, await keptPackages(join(cache, 'packages'), mirror, progress), progress)
  }
  const bin = join(root, 'usr/lib/postgresql/18/bin')
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb') }
}

async function makeTree(root: string, packages: string[], progress: (line: string) => void): Promise<void> {
  const started = Date.now()
  progress(`unpacking ${packages.length} packages, some 170 MB`)
  const draft = `${root}.${process.pid}`
  await mkdir(draft, { recursive: true })
  await chmod(draft, 0o755)
  try {
    for (const path of packages) await unpack(path, draft)
    await addWrappers(draft, root)
    await addAlternatives(draft)
    await rename(draft, root).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  progress(`unpacked in ${seconds(started)} s`)
}

async function unpack(path: string, folder: string): Promise<void> {
  const exclude = LEFT_OUT.map(pattern => `--exclude=${pattern}`)
  const script = 'archive=$1; shift; dpkg-deb --fsys-tarfile "$archive" | tar -x --no-same-owner "$@"'
  await run('sh', ['-ec', script, 'unpack', path, ...exclude, '-C', folder])
}

/**
 * The programs need newer libraries than the machine's: each is started by the loader that came with them, with nss_wrapper
 * where the environment says what that should answer.
 */
async function addWrappers(draft: string, root: string): Promise<void> {
  const machine = LOADERS[process.arch]
  if (!machine) throw new EngineError(`there are no packages of the embedded database for ${process.arch}`)
  const { triple, loader } = machine
  const libraries = [`${root}/usr/lib/${triple}`, `${root}/usr/lib/postgresql/18/lib`].join(':')
  for (const name of ['postgres', 'initdb']) {
    const program = join(draft, 'usr/lib/postgresql/18/bin', name)
    await rename(program, `${program}.bin`)
    const preload = `\${NSS_WRAPPER_PASSWD:+--preload "${root}/usr/lib/${triple}/libnss_wrapper.so"}`
    const options = `${preload} --library-path "${libraries}" --argv0 "$0"`
    await writeFile(program, `#!/bin/sh\nexec "${root}/usr/lib/${triple}/${loader}" ${options} "$0.bin" "$@"\n`)
    await chmod(program, 0o755)
  }
}

/** Debian links one version of PostGIS as the default when it is installed; nothing is installed here. */
async function addAlternatives(draft: string): Promise<void> {
  const extensions = join(draft, 'usr/share/postgresql/18/extension')
  if ((await readdir(extensions)).includes('postgis.control')) return
  await symlink('postgis-3.control', join(extensions, 'postgis.control'))
}
