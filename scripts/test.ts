/** `npm test [-- files and tap options]`: one engine for the whole run, a database for each test file. */
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEngine } from '../src/engine/engine.ts'
import { engineOptions } from './engine-options.ts'

const write = (line: string) => process.stdout.write(`${line}\n`)

const folder = await mkdtemp(join(tmpdir(), 'glance-test-'))
await chmod(folder, 0o755)
const engine = await startEngine({ ...engineOptions(), folder, durable: false, progress: write })
let code = 1
try {
  write(`testing on ${engine.kind}: ${engine.reason}`)
  const results = join(folder, 'results.tap')
  code = await runTap(engine.uri, results)
  code = report(await readFile(results, 'utf8'), code)
} finally {
  await engine.stop()
  await rm(folder, { recursive: true, force: true })
}
process.exit(code)

function runTap(uri: string, results: string): Promise<number> {
  const args = [
    'tap',
    // Test files wait as much as they work: one more than the cores keeps those busy.
    `--jobs=${availableParallelism() + 1}`,
    `--output-file=${results}`,
    `--reporter=${process.stdout.isTTY ? 'base' : 'tap'}`,
    ...process.argv.slice(2),
  ]
  const child = spawn('npx', args, { stdio: 'inherit', env: { ...process.env, MONGODB_URI: uri } })
  // An interrupt reaches tap as well: it ends, and then the engine does.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  return new Promise(resolve => child.once('exit', exit => resolve(exit ?? 1)).once('error', () => resolve(1)))
}

/** Counts the tests of all files; a run that failed never says that nothing did. */
function report(tap: string, exit: number): number {
  const tests = [...tap.matchAll(/^ {4}(not ok|ok) \d+ - (?!.*# SKIP)/gm)].map(([, result]) => result)
  const passed = tests.filter(result => result === 'ok').length
  const failed = Math.max(tests.length - passed, exit === 0 ? 0 : 1)
  write(`${passed} passed, ${failed} failed`)
  return failed > 0 || passed === 0 ? 1 : 0
}
