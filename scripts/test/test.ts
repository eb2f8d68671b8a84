/** `npm test [-- files and tap options]`: one engine for the whole run, a database for each test file. */
import { spawn } from 'node:child_process'
import { chmod, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { startEngine } from '../../src/engine/engine.ts'
import { removeAbandonedFolders, temporaryFolder } from '../../src/lib/temporary-folder.ts'
import { engineOptions } from '../lib/engine-options.ts'

const write = (line: string) => process.stdout.write(`${line}\n`)

await removeAbandonedFolders()
const folder = await temporaryFolder('test')
await chmod(folder, 0o755)
const engine = await startEngine({ ...engineOptions(), folder, durable: false, progress: write })
let code = 1
try {
  write(`testing on ${engine.kind}: ${engine.reason}`)
  const { exit, results } = process.stdout.isTTY ? await runForPerson(engine.uri) : await runForMachine(engine.uri)
  code = report(results, exit)
} finally {
  await engine.stop()
}
process.exit(code)

interface Run {
  exit: number
  /** What all tests said, as TAP. */
  results: string
}

async function runForPerson(uri: string): Promise<Run> {
  const file = join(folder, 'results.tap')
  const { ended } = startTap(uri, ['--reporter=base', `--output-file=${file}`], 'inherit')
  return { exit: await ended, results: await readFile(file, 'utf8') }
}

async function runForMachine(uri: string): Promise<Run> {
  const { child, ended } = startTap(uri, ['--reporter=tap'], 'pipe')
  let results = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    results += text
    process.stdout.write(text)
  })
  return { exit: await ended, results }
}

function startTap(uri: string, reporter: string[], stdout: 'inherit' | 'pipe') {
  // Test files wait as much as they work: one more than the cores keeps those busy.
  const args = ['tap', `--jobs=${availableParallelism() + 1}`, ...reporter, ...process.argv.slice(2)]
  const env = { ...process.env, MONGODB_URI: uri }
  const child = spawn('npx', args, { stdio: ['inherit', stdout, 'inherit'], env })
  // An interrupt reaches tap as well: it ends, and then the engine does.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const ended = new Promise<number>(resolve =>
    child.once('close', exit => resolve(exit ?? 1)).once('error', () => resolve(1)),
  )
  return { child, ended }
}

/** Counts the tests of all files; a run that failed never says that nothing did. */
function report(tap: string, exit: number): number {
  const tests = [...tap.matchAll(/^ {4}(not ok|ok) \d+ - (?!.*# SKIP)/gm)].map(([, result]) => result)
  const passed = tests.filter(result => result === 'ok').length
  const failed = Math.max(tests.length - passed, exit === 0 ? 0 : 1)
  write(`${passed} passed, ${failed} failed`)
  return failed > 0 || passed === 0 ? 1 : 0
}
