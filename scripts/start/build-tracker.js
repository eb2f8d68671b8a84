import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DIST, filesBelow, fingerprintOf, ROOT, readText, requireWritable, TRACKER_SOURCES } from './sources.js'

const TRACKER = join(DIST, 'tracker')
const FINGERPRINT = join(TRACKER, '.sources')
/** Browsers that know modal dialogs by `:modal`. */
const BROWSERS = ['chrome105', 'firefox103', 'safari15.6']

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

async function compile() {
  const { build } = await import('esbuild')
  try {
    const { outputFiles } = await build({
      absWorkingDir: ROOT,
      entryPoints: ['src/tracker/main.ts'],
      write: false,
      bundle: true,
      minify: true,
      format: 'iife',
      target: BROWSERS,
      logLevel: 'warning',
    })
    return outputFiles[0]?.contents ?? ''
  } catch {
    // esbuild has printed the errors.
    process.exit(1)
  }
}

/** Returns the files that the compiled tracker depends on. */
function sources() {
  const tools = ['package-lock.json', 'scripts/start/build-tracker.js'].map(name => join(ROOT, name))
  return [...filesBelow(TRACKER_SOURCES), ...tools]
}
