/**
 * `npm run bench -- archive|ingest|cpu|erasure|export|images|live|login|stats`: measures ratios to a baseline of the same run, and CPU
 * time. Run it on an otherwise idle machine. No test asserts the results.
 */
import { withTemporaryEngine } from '../lib/temporary-engine.ts'
import { archiving } from './archive.ts'
import { cpu } from './cpu.ts'
import { erasure } from './erasure.ts'
import { exporting } from './export.ts'
import { images } from './images.ts'
import { ingest } from './ingest.ts'
import { live } from './live.ts'
import { login } from './login.ts'
import { stats } from './stats.ts'

const benches: Record<string, (uri: string, engine: number | undefined) => Promise<void>> = {
  archive: archiving,
  ingest,
  cpu,
  erasure,
  export: exporting,
  images,
  live,
  login,
  stats,
}

const name = process.argv[2] ?? ''
const bench = benches[name]
if (!bench) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(benches).join('|')}\n`)
  process.exit(1)
}
await withTemporaryEngine('glance-bench-', bench)
