/** Compiles the dashboard to dist/dashboard, and compresses its files. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'vite'
import { DASHBOARD, recordDashboard, recordOf, removeDashboard } from './dashboard-sources.js'
import { DASHBOARD_SOURCES, filesBelow, ROOT } from './sources.js'

const COMPRESSIBLE = /\.(js|css|html|svg|json|webmanifest)$/
/** Shorter files fit into one packet anyway. */
const SHORT_BYTES = 1024

const temporary = mkdtempSync(join(tmpdir(), 'glance-dashboard-'))
// A folder in it: the temporary one itself is closed to others.
const folder = join(temporary, 'dashboard')
try {
  const before = recordOf([])
  const others = await compile()
  for (const file of filesBelow(folder)) if (COMPRESSIBLE.test(file)) compress(file)
  removeDashboard()
  cpSync(folder, DASHBOARD, { recursive: true })
  // What was changed meanwhile is compiled the next time.
  if (recordOf([]) === before) recordDashboard(recordOf(others))
} catch (error) {
  process.stderr.write(`compiling the dashboard failed: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
} finally {
  rmSync(temporary, { recursive: true, force: true })
}

/** Compiles the dashboard into the temporary folder. @returns the paths in the checkout of its sources outside src/dashboard */
async function compile() {
  const built = await build({
    configFile: join(DASHBOARD_SOURCES, 'vite.config.ts'),
    // By default Vite writes the compiled configuration to node_modules.
    configLoader: 'runner',
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  })
  const outputs = [built].flat().flatMap(one => ('output' in one ? one.output : []))
  const modules = outputs.flatMap(output => (output.type === 'chunk' ? output.moduleIds : []))
  const sources = modules.filter(
    id => id.startsWith(join(ROOT, 'src') + sep) && !id.startsWith(DASHBOARD_SOURCES + sep),
  )
  return sources.map(id => relative(ROOT, id.replace(/\?.*/, ''))).sort()
}

/** Writes a file compressed beside it, as br and gz. @param {string} file */
function compress(file) {
  const bytes = readFileSync(file)
  if (bytes.length < SHORT_BYTES) return
  writeFileSync(`${file}.br`, brotliCompressSync(bytes))
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
}
