import { isShared } from './processes.ts'

/**
 * Returns the result of each test that was not skipped, `ok` or `not ok`. A test is below its file, and the files of a shared process
 * are below the process.
 * @param tap the output of all processes, in which the result of a process follows those of its tests
 */
export function resultsOf(tap: string): string[] {
  const all: string[] = []
  let ofProcess: { depth: number; result: string }[] = []
  for (const [, indent = '', result = '', name = ''] of tap.matchAll(
    /^( {8}| {4}|)(not ok|ok) \d+ - (?!.*# SKIP)(\S*)/gm,
  )) {
    if (indent !== '') {
      ofProcess.push({ depth: indent.length, result })
      continue
    }
    const depth = isShared(name) ? 8 : 4
    all.push(...ofProcess.filter(one => one.depth === depth).map(one => one.result))
    ofProcess = []
  }
  return all
}
