import { readdir, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { ROOT } from './compile.ts'

/** What `npm test` is asked to do. */
interface TestRequest {
  /** Paths of test files in the checkout. */
  tests: string[]
  /** Options of tap. */
  options: string[]
}

/**
 * Reads the arguments of `npm test`. A folder stands for the tests in it; without files and folders all tests are run.
 * @throws Error that names a test file that does not exist
 */
export async function readArguments(words: string[]): Promise<TestRequest> {
  const tests: string[] = []
  const options: string[] = []
  for (const word of words) {
    const found = await stat(resolve(ROOT, word)).catch(() => undefined)
    if (found?.isDirectory()) tests.push(...(await testsIn(word)))
    else if (found) tests.push(relative(ROOT, resolve(ROOT, word)))
    else if (word.endsWith('.ts')) throw new Error(`there is no file ${word}`)
    else options.push(word)
  }
  return { tests: tests.length > 0 ? tests : await testsIn('test'), options }
}

async function testsIn(folder: string): Promise<string[]> {
  const names = await readdir(resolve(ROOT, folder), { recursive: true })
  return names.filter(name => name.endsWith('.test.ts')).map(name => relative(ROOT, resolve(ROOT, join(folder, name))))
}
