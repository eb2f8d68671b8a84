/** `npm run bench -- ingest`: ratios against a baseline of the same run. Needs a quiet machine; nothing asserts its numbers. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEngine } from '../../src/engine/engine.ts'
import { engineOptions } from '../engine-options.ts'
import { ingest } from './ingest.ts'

const benches: Record<string, (uri: string) => Promise<void>> = { ingest }

const name = process.argv[2] ?? ''
const bench = benches[name]
if (!bench) {
  process.stderr.write(`which one? ${Object.keys(benches).join(', ')}\n`)
  process.exit(1)
}
const folder = await mkdtemp(join(tmpdir(), 'glance-bench-'))
await chmod(folder, 0o755)
const progress = (line: string) => process.stdout.write(`${line}\n`)
const engine = await startEngine({ ...engineOptions(), folder, durable: true, progress })
try {
  await bench(engine.uri)
} finally {
  await engine.stop()
  await rm(folder, { recursive: true, force: true })
}
