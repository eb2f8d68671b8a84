/** `npm run bench -- ingest|erasure|export|images|login|stats`: ratios against a baseline of the same run. Needs a quiet machine; nothing asserts them. */
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
  process.stderr.write(`which one? ${Object.keys(benches).join(', ')}\n`)
  process.exit(1)
}
const folder = await mkdtemp(join(tmpdir(), 'glance-bench-'))
await chmod(folder, 0o755)
// In a process of its own, as a database is: what asks of it must not wait for what measures.
const engine = await startChild<string>('lib/engine-process.ts', folder)
try {
  await bench(engine.first)
} finally {
  await engine.stop()
  await rm(folder, { recursive: true, force: true })
}
