/**
 * `npm test [-- files and tap options]`: runs tests with one engine and one browser for the whole run, and a database for each test file.
 * The tests are compiled first, into a temporary folder in which tap runs.
 */
import { spawn } from 'node:child_process'
import { chmod, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { startEngine } from '../../src/engine/engine.ts'
import { removeAbandonedFolders, temporaryFolder } from '../../src/lib/temporary-folder.ts'
import { engineOptions } from '../lib/engine-options.ts'
import { buildClient } from '../start/build-client.js'
import { buildDashboard } from '../start/build-dashboard.js'
import { buildTracker } from '../start/build-tracker.js'
import { readArguments } from './arguments.ts'
import { startBrowser } from './browser-server.ts'
import { compileInto, ROOT } from './compile.ts'
import { processesOf } from './processes.ts'
import { resultsOf } from './results.ts'

const WITHOUT_COVERAGE = new URL('without-coverage.mjs', import.meta.url).href

const print = (line: string) => process.stdout.write(`${line}\n`)

const { tests, options } = await readArguments(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(2)
})
const processes = processesOf(tests)
await removeAbandonedFolders()
const folder = await temporaryFolder('test')
await chmod(folder, 0o755)
const compiled = await temporaryFolder('compiled')
await chmod(compiled, 0o755)
const isTested = (subject: string) => tests.some(test => test.startsWith(`test/${subject}/`))
const [engine, browser] = await Promise.all([
  startEngine({ ...engineOptions(), folder, durable: false, progress: print }),
  compileInto(compiled, processes).then(({ opensPages }) => (opensPages ? startBrowser() : undefined)),
  isTested('dashboard') && buildDashboard(),
  isTested('client') && buildClient(),
  isTested('tracker') && buildTracker(),
])
let code = 1
try {
  print(`testing on ${engine.kind}: ${engine.reason}`)
  const { exit, results } = process.stdout.isTTY ? await runOnTerminal() : await runPiped()
  code = report(results, exit)
} finally {
  await Promise.all([engine.stop(), browser?.close()])
}
process.exit(code)

/** The result of tap. */
interface Run {
  /** The exit code. */
  exit: number
  /** The output of all tests, as TAP. */
  results: string
}

async function runOnTerminal(): Promise<Run> {
  const file = join(folder, 'results.tap')
  const { ended } = startTap(['--reporter=base', `--output-file=${file}`], 'inherit')
  return { exit: await ended, results: await readFile(file, 'utf8') }
}

async function runPiped(): Promise<Run> {
  const { child, ended } = startTap(['--reporter=tap'], 'pipe')
  let results = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    results += text
    process.stdout.write(text)
  })
  return { exit: await ended, results }
}

function startTap(reporter: string[], stdout: 'inherit' | 'pipe') {
  // Test files wait often: four jobs more than there are cores keep the cores busy.
  const args = [`--jobs=${availableParallelism() + 4}`, ...reporter, ...options, ...processes.map(({ path }) => path)]
  const nodeOptions = `${process.env.NODE_OPTIONS ?? ''} --import=${WITHOUT_COVERAGE}`
  const env = {
    ...process.env,
    MONGODB_URI: engine.uri,
    BROWSER_ENDPOINT: browser?.wsEndpoint(),
    NODE_OPTIONS: nodeOptions,
  }
  // npx would not pass signals on.
  const child = spawn(join(ROOT, 'node_modules/.bin/tap'), args, {
    stdio: ['inherit', stdout, 'inherit'],
    env,
    cwd: compiled,
  })
  // Signals are passed on to tap; when it has ended, the engine is stopped.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const ended = new Promise<number>(resolve =>
    child.once('close', exit => resolve(exit ?? 1)).once('error', () => resolve(1)),
  )
  return { child, ended }
}

/** Prints the number of passed and failed tests of all files; a run that failed reports at least one failure. @returns the exit code */
function report(tap: string, exit: number): number {
  const results = resultsOf(tap)
  const passed = results.filter(result => result === 'ok').length
  const failed = Math.max(results.length - passed, exit === 0 ? 0 : 1)
  print(`${passed} passed, ${failed} failed`)
  return failed > 0 || passed === 0 ? 1 : 0
}
