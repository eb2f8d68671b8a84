/**
 * `npm run bench -- ingest|erasure|export|images|login|stats`: measures ratios to a baseline of the same run. Run it on an otherwise
 * idle machine. No test asserts the results.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from '../lib/child.ts'
import { erasure } from './erasure.ts'
import { exporting } from './export.ts'
import { images } from './images.ts'
import { ingest } from './ingest.ts'
import { login } from './login.ts'
import { stats } from './stats.ts'

const benches: Record<string, (uri: string) => Promise<void>> = {
  ingest,
  erasure,
  export: exporting,
  images,
  login,
  stats,
}

const name = process.argv[2] ?? ''
const bench = benches[name]
if (!bench) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(benches).join('|')}\n`)
  process.exit(1)
}
const folder = await mkdtemp(join(tmpdir(), 'glance-bench-'))
await chmod(folder, 0o755)
// In its own process, as a database is, so that its work does not compete for the event loop of the measurement.
const engine = await startChild<string>('lib/engine-process.ts', folder)
try {
  await bench(engine.first)
} finally {
  await engine.stop()
  await rm(folder, { recursive: true, force: true })
}
