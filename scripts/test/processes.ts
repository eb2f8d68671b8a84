import { dirname, relative } from 'node:path'
import type { Plugin } from 'esbuild'

/** A process of a test run. */
export interface TestProcess {
  /** The path of its compiled file. */
  path: string
  /** The test files that it runs, one after the other, by their paths in the checkout. */
  tests: string[]
}

/** The processes that take longest begin first, so that none of them is left over at the end. A file that is named here has its own. */
const LONG = [
  'test/archive',
  'test/dashboard/accessibility.test.ts',
  'test/dashboard/journeys',
  'test/tracker/sending.test.ts',
  'test/tracker/privacy.test.ts',
  'test/tracker/counting.test.ts',
  'test/dashboard',
  'test/events',
  'test/events/ingest/ingest-stream.test.ts',
  'test/process.test.ts',
  'test/engine/folders.test.ts',
  'test/scripts/commands.test.ts',
  'test/scripts/demo.test.ts',
  'test/scripts/pictures.test.ts',
  'test/client',
  'test/http',
  'test/rollups',
  'test/accounts',
  'test/privacy/erasure.test.ts',
  'test/engine/conformance',
  'test/http/limits.test.ts',
  'test/engine/life.test.ts',
  'test/start.test.ts',
  'test/fuzz.test.ts',
  'test/stats/recount.test.ts',
]
/** The time limit of each file of a process of several. */
const FILE_LIMIT_MS = 900_000
/** Where a process of several files keeps the test of the one that it runs. */
const TEST_OF_FILE = 'globalThis.testOfFile'

/**
 * Distributes test files over processes, in the order in which they begin. The files of a folder share a process, since starting a
 * process and loading the service takes longer than most tests.
 */
export function processesOf(tests: string[]): TestProcess[] {
  const groups = new Map<string, string[]>()
  for (const test of tests.toSorted()) {
    const name = LONG.includes(test) ? test : dirname(test)
    groups.set(name, [...(groups.get(name) ?? []), test])
  }
  const rankOf = (name: string) => (LONG.includes(name) ? LONG.indexOf(name) : LONG.length)
  const ordered = [...groups].sort(([a, ofA], [b, ofB]) => rankOf(a) - rankOf(b) || ofB.length - ofA.length)
  // tap runs files in the order of their names.
  return ordered.map(([, tests], index) => ({
    path: `${String(index + 1).padStart(2, '0')}/${nameOf(tests)}.js`,
    tests,
  }))
}

function nameOf([first = '', ...others]: string[]): string {
  return others.length > 0 ? dirname(first) : first.replace(/\.ts$/, '')
}

/** Returns whether a process runs several test files, each as a test with the name of the file. */
export function isShared(path: string): boolean {
  return !path.endsWith('.test.js')
}

/** Lets esbuild compile processes of several test files: each file gets a test of its own as `t`, which ends before the next file begins. */
export function sharedProcesses(processes: TestProcess[]): Plugin {
  const shared = new Map(processes.filter(({ path }) => isShared(path)).map(({ path, tests }) => [path, tests]))
  const sharing = new Set([...shared.values()].flat())
  return {
    name: 'shared processes',
    setup({ initialOptions, onResolve, onLoad }) {
      const { absWorkingDir: root = '' } = initialOptions
      onResolve({ filter: /\.js$/ }, ({ path }) => (shared.has(path) ? { path, namespace: 'process' } : undefined))
      onLoad({ filter: /.*/, namespace: 'process' }, ({ path }) => ({
        contents: ["import tap from 'tap'", ...(shared.get(path) ?? []).map(runOf)].join('\n'),
        resolveDir: root,
      }))
      onResolve({ filter: /^tap$/ }, ({ path, importer }) =>
        sharing.has(relative(root, importer))
          ? { path: importer, namespace: 'test of file' }
          : { path, external: true },
      )
      onLoad({ filter: /.*/, namespace: 'test of file' }, () => ({ contents: `export default ${TEST_OF_FILE}` }))
    },
  }
}

function runOf(test: string): string {
  return `await tap.test('${test}', { timeout: ${FILE_LIMIT_MS} }, async t => {
    ${TEST_OF_FILE} = t
    await import('./${test}')
  })`
}
