import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Apt, privateApt } from './apt.ts'

const ROOTS = [
  'postgresql-18',
  'postgresql-18-documentdb',
  'postgresql-18-cron',
  'postgresql-18-rum',
  'postgresql-18-pgvector',
  'postgresql-18-postgis-3',
  'postgresql-18-postgis-3-scripts',
  'libnss-wrapper',
  'tzdata',
]
/** Only the raster and 3D parts of PostGIS and the JIT compiler need these: they and what follows them are large. */
const NOT_NEEDED = /^lib(gdal|sfcgal|llvm)/
const MANIFEST = 'SHA256SUMS'

/**
 * The packages as files in `folder`, downloaded unless a whole set lies there already. Its manifest is written last and the
 * folder put in its place by one rename, so half a download is never taken for one; of two at once the first stays.
 * @returns the paths of the .deb files
 */
export async function keptPackages(
  folder: string,
  mirror: string | undefined,
  progress: (line: string) => void,
): Promise<string[]> {
  const kept = await wholeSet(folder)
  if (kept) return kept
  await rm(folder, { recursive: true, force: true })
  const draft = `${folder}.${process.pid}`
  await mkdir(draft, { recursive: true })
  try {
    await download(draft, mirror, progress)
    await mkdir(dirname(folder), { recursive: true })
    await rename(draft, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return (await wholeSet(folder)) ?? []
}

async function download(folder: string, mirror: string | undefined, progress: (line: string) => void): Promise<void> {
  const started = Date.now()
  progress('no mongod: fetching PostgreSQL with DocumentDB from Debian; reading its package lists, some 10 MB')
  const apt = await privateApt(mirror)
  try {
    const names = await closure(apt)
    progress(
      `downloading ${names.length} packages, ${megabytes(await apt.get(['download', '--print-uris', ...names]))} MB`,
    )
    await apt.get(['download', ...names], folder)
  } finally {
    await apt.remove()
  }
  const sums = await Promise.all((await debs(folder)).map(async name => `${await sha256(join(folder, name))}  ${name}`))
  await writeFile(join(folder, MANIFEST), `${sums.join('\n')}\n`)
  progress(`downloaded ${sums.length} packages in ${seconds(started)} s`)
}

/** The sum of the sizes that `apt-get download --print-uris` gives: address, file, bytes and checksum, a line a package. */
function megabytes(uris: string): number {
  const bytes = [...uris.matchAll(/^'\S+' \S+ (\d+)/gm)].map(([, size]) => Number(size))
  return Math.round(bytes.reduce((sum, size) => sum + size, 0) / 1e6)
}

/** The roots and every shared library that they, or those libraries, depend on. */
async function closure(apt: Apt): Promise<string[]> {
  const found = new Set(ROOTS)
  let latest = ROOTS
  while (latest.length > 0) {
    const text = await apt.cache(['depends', '--important', ...latest])
    const libraries = [...text.matchAll(/Depends: (lib[^\s:<]+)/g)].map(([, name = '']) => name)
    latest = [...new Set(libraries)].filter(name => !NOT_NEEDED.test(name) && !found.has(name))
    for (const name of latest) found.add(name)
  }
  return [...found]
}

/** The files of the manifest, if they are all there as they were. */
async function wholeSet(folder: string): Promise<string[] | undefined> {
  const manifest = await readFile(join(folder, MANIFEST), 'utf8').catch(() => '')
  const rows = manifest
    .trim()
    .split('\n')
    .map(row => row.split('  '))
  if (manifest === '') return undefined
  for (const [sum, name = ''] of rows) {
    if ((await sha256(join(folder, name)).catch(() => '')) !== sum) return undefined
  }
  return rows.map(([, name = '']) => join(folder, name))
}

async function debs(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter(name => name.endsWith('.deb')).sort()
}

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}

export function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(1)
}
