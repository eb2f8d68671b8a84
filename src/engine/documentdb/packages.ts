import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Apt, privateApt } from './apt.ts'

/** The packages to install, without the libraries that they depend on. */
const ROOT_PACKAGES = [
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
/** Libraries that only the raster and 3D parts of PostGIS and the JIT compiler need. They and their dependencies are large. */
const EXCLUDED_LIBRARIES = /^lib(gdal|sfcgal|llvm)/
const MANIFEST = 'SHA256SUMS'

/**
 * Returns the packages in a folder, and downloads them unless the folder contains all of them, unchanged. They are downloaded into
 * a temporary folder, which is renamed when its manifest is complete, so an interrupted download is never used. Of two concurrent
 * downloads, the first one to finish is used.
 * @param mirror URL of a Debian mirror; undefined for the mirror of the machine
 * @returns the paths of the .deb files
 * @throws EngineError when they can not be downloaded
 */
export async function cachedPackages(
  folder: string,
  mirror: string | undefined,
  progress: (line: string) => void,
): Promise<string[]> {
  const cached = await verifiedPackages(folder)
  if (cached) return cached
  await rm(folder, { recursive: true, force: true })
  const temporary = `${folder}.${process.pid}`
  await mkdir(temporary, { recursive: true })
  try {
    await download(temporary, mirror, progress)
    await mkdir(dirname(folder), { recursive: true })
    await rename(temporary, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
  return (await verifiedPackages(folder)) ?? []
}

async function download(folder: string, mirror: string | undefined, progress: (line: string) => void): Promise<void> {
  const start = Date.now()
  progress('installing PostgreSQL with DocumentDB from Debian: reading the package lists, about 10 MB')
  const apt = await privateApt(mirror)
  try {
    const names = await withDependencies(apt)
    progress(
      `downloading ${names.length} packages, ${megabytes(await apt.get(['download', '--print-uris', ...names]))} MB`,
    )
    await apt.get(['download', ...names], folder)
  } finally {
    await apt.remove()
  }
  const rows = await Promise.all(
    (await debsIn(folder)).map(async name => `${await sha256(join(folder, name))}  ${name}`),
  )
  await writeFile(join(folder, MANIFEST), `${rows.join('\n')}\n`)
  progress(`downloaded ${rows.length} packages in ${secondsSince(start)} s`)
}

/** Returns the total size in MB from the output of `apt-get download --print-uris`: lines of URI, file name, bytes and checksum. */
function megabytes(uris: string): number {
  const bytes = [...uris.matchAll(/^'\S+' \S+ (\d+)/gm)].map(([, size]) => Number(size))
  return Math.round(bytes.reduce((sum, size) => sum + size, 0) / 1e6)
}

/** Returns the root packages and the libraries that they depend on, directly or indirectly. */
async function withDependencies(apt: Apt): Promise<string[]> {
  const found = new Set(ROOT_PACKAGES)
  let added = ROOT_PACKAGES
  while (added.length > 0) {
    const text = await apt.cache(['depends', '--important', ...added])
    const libraries = [...text.matchAll(/Depends: (lib[^\s:<]+)/g)].map(([, name = '']) => name)
    added = [...new Set(libraries)].filter(name => !EXCLUDED_LIBRARIES.test(name) && !found.has(name))
    for (const name of added) found.add(name)
  }
  return [...found]
}

/** Returns the paths of the files in the manifest; undefined when there is no manifest, or a file is missing or has changed. */
async function verifiedPackages(folder: string): Promise<string[] | undefined> {
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

async function debsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter(name => name.endsWith('.deb')).sort()
}

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}

/** Returns the seconds since a time, with one decimal. @param start in Unix ms */
export function secondsSince(start: number): string {
  return ((Date.now() - start) / 1000).toFixed(1)
}
