import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import {
  CLIENT_SOURCES,
  DASHBOARD_SOURCES,
  DIST,
  filesBelow,
  fingerprintOf,
  ROOT,
  readText,
  requireWritable,
  TRACKER_SOURCES,
} from './sources.js'

/** What is loaded by its path: the service, and the program of its worker threads, which must be in one folder with it. */
const ENTRIES = { main: 'src/main.ts', 'password-worker': 'src/accounts/users/password-worker.js' }
const FINGERPRINT = join(DIST, '.sources')

/** Compiles the service to dist, unless it was compiled from the same sources. */
export async function buildService() {
  const fingerprint = fingerprintOf(sources())
  if (readText(FINGERPRINT) === fingerprint) return
  requireWritable('the service')
  process.stdout.write('compiling the service\n')
  const files = await compile()
  // The fingerprint goes first: a compilation that is killed here leaves none.
  rmSync(FINGERPRINT, { force: true })
  for (const entry of readdirSync(DIST, { withFileTypes: true })) if (entry.isFile()) rmSync(join(DIST, entry.name))
  for (const { path, contents } of files) writeFileSync(path, contents)
  writeFileSync(FINGERPRINT, fingerprint)
}

/** Returns the compiled files: few, since the start takes longer the more files there are. Ends the process when there are errors. */
async function compile() {
  const { build } = await import('esbuild')
  try {
    const { outputFiles } = await build({
      absWorkingDir: ROOT,
      entryPoints: ENTRIES,
      outdir: DIST,
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

/** Returns the files that the compiled service depends on. */
function sources() {
  const apart = [CLIENT_SOURCES, DASHBOARD_SOURCES, TRACKER_SOURCES].map(folder => folder + sep)
  const service = filesBelow(join(ROOT, 'src')).filter(file => !apart.some(folder => file.startsWith(folder)))
  const tools = ['package-lock.json', 'tsconfig.json', 'scripts/start/build-service.js'].map(name => join(ROOT, name))
  return [...service, ...tools]
}
