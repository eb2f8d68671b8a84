/** `npm run build`: compiles src to dist, unless dist was compiled from the same sources. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const fingerprintFile = join(root, 'dist/.sources')
const sources = fingerprint()

if (readFile(fingerprintFile) !== sources) {
  requireWritable(join(root, 'dist'))
  process.stdout.write('compiling, which takes a few seconds\n')
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(1)
  writeFileSync(fingerprintFile, sources)
}

/** Returns a hash of the sources and of the configuration of the compiler. */
function fingerprint() {
  const hash = createHash('sha256')
  const names = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  const files = names.filter(entry => entry.isFile()).map(entry => join(entry.parentPath ?? entry.path, entry.name))
  for (const name of ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']) files.push(join(root, name))
  for (const file of files.sort()) hash.update(file.slice(root.length)).update(readFileSync(file))
  return hash.digest('hex')
}

/** Ends the process with a message when the folder can not be written to. @param {string} folder */
function requireWritable(folder) {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
  } catch (error) {
    process.stderr.write(`compiling the service failed: ${error instanceof Error && error.message}\n`)
    process.exit(1)
  }
}

/** Reads a text file; the empty string if it can not be read. @param {string} path */
function readFile(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
