/** `npm run build`: compiles src to dist, unless dist was compiled from the same sources. `npm run check` finds errors of types. */
import { createHash } from 'node:crypto'
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What is loaded by its path: the service, and the program of its worker threads, which must be in one folder with it. */
const ENTRIES = { main: 'src/main.ts', 'password-worker': 'src/accounts/users/password-worker.js' }

const root = fileURLToPath(new URL('../..', import.meta.url))
const dist = join(root, 'dist')
const fingerprintFile = join(dist, '.sources')
const sources = fingerprint()

if (readFile(fingerprintFile) !== sources) {
  requireWritable(dist)
  process.stdout.write('compiling the service\n')
  const files = await compile()
  // The fingerprint goes first: a compilation that is killed here leaves none.
  rmSync(fingerprintFile, { force: true })
  for (const name of readdirSync(dist)) rmSync(join(dist, name), { recursive: true })
  for (const { path, contents } of files) writeFileSync(path, contents)
  writeFileSync(fingerprintFile, sources)
}

/** Returns the compiled files: few, since the start takes longer the more files there are. Ends the process when there are errors. */
async function compile() {
  const { build } = await import('esbuild')
  try {
    const { outputFiles } = await build({
      absWorkingDir: root,
      entryPoints: ENTRIES,
      outdir: dist,
      write: false,
      bundle: true,
      splitting: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20',
      sourcemap: true,
      logLevel: 'warning',
    })
    return outputFiles
  } catch {
    // esbuild has printed the errors.
    process.exit(1)
  }
}

/** Returns a hash of everything that the compiled files depend on. */
function fingerprint() {
  const hash = createHash('sha256')
  const names = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  const files = names.filter(entry => entry.isFile()).map(entry => join(entry.parentPath ?? entry.path, entry.name))
  for (const name of ['package-lock.json', 'tsconfig.json', 'scripts/start/build.js']) files.push(join(root, name))
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
