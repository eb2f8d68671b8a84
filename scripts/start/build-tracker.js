import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DIST, filesBelow, fingerprintOf, ROOT, readText, requireWritable, TRACKER_SOURCES } from './sources.js'

const TRACKER = join(DIST, 'tracker')
const FINGERPRINT = join(TRACKER, '.sources')
/** What browsers know since the autumn of 2022; the tracker also needs `:modal` and `AbortSignal.timeout` of that time. */
const TARGET = 'es2022'

/** Compiles the tracker to dist/tracker, unless it was compiled from the same sources. Ends the process when there are errors. */
export async function buildTracker() {
  const fingerprint = fingerprintOf(sources())
  if (readText(FINGERPRINT) === fingerprint) return
  requireWritable('the tracker')
  process.stdout.write('compiling the tracker\n')
  const script = await compile()
  mkdirSync(TRACKER, { recursive: true })
  // The fingerprint goes first: a compilation that is killed here leaves none.
  rmSync(FINGERPRINT, { force: true })
  writeFileSync(join(TRACKER, 'tracker.js'), script)
  writeFileSync(FINGERPRINT, fingerprint)
}

/** Returns the script as one function. esbuild bundles it; the minifier of Vite makes it smaller than that of esbuild. */
async function compile() {
  const { build } = await import('esbuild')
  const { minify } = await import('vite')
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/tracker/main.ts'],
    write: false,
    bundle: true,
    minifySyntax: true,
    format: 'esm',
    target: TARGET,
    logLevel: 'warning',
  }).catch(() => process.exit(1))
  const bundled = outputFiles[0]?.text ?? ''
  const { code } = await minify('tracker.js', bundled, {
    module: true,
    compress: { target: TARGET },
    mangle: { toplevel: true },
  })
  return `(()=>{${code}})()`
}

/** Returns the files that the compiled tracker depends on. */
function sources() {
  const tools = ['package-lock.json', 'scripts/start/build-tracker.js'].map(name => join(ROOT, name))
  return [...filesBelow(TRACKER_SOURCES), ...tools]
}
