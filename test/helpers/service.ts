import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Test } from 'tap'

/** A program in a process of its own. */
export interface Service {
  child: ChildProcess
  /** What it has written so far. */
  output(): string
  /** Waits for words in what it writes. @throws with all it wrote when it ends before */
  says(words: RegExp): Promise<RegExpExecArray>
  /** Waits for its end. @returns its exit code */
  ended(): Promise<number | null>
  /** Kills it and waits for its end. */
  kill(signal: NodeJS.Signals): Promise<number | null>
}

/** Where and as whom a program runs. */
type Running = Pick<SpawnOptions, 'cwd' | 'uid' | 'gid'>

/** Starts a program of the checkout, such as `src/main.ts`; the end of the test ends it, if nothing else does. */
export function startScript(
  t: Test,
  script: string,
  env: NodeJS.ProcessEnv = {},
  { words = [], ...as }: Running & { words?: string[] } = {},
): Service {
  return startCommand(t, process.execPath, ['--enable-source-maps', compiled(script), ...words], env, as)
}

/** Returns the path of a compiled program: tests run in the folder in which `scripts/test/compile.ts` has put it. */
export function compiled(script: string): string {
  return resolve(script.replace(/\.ts$/, '.js'))
}

/** Starts any command; the end of the test ends it, if nothing else does. */
export function startCommand(
  t: Test,
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
  as: Running = {},
): Service {
  const { PATH, HOME } = process.env
  const child = spawn(command, args, { ...as, env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const listeners = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (data: string) => {
      text += data
      for (const listener of listeners) listener()
    })
  }
  const exited = once(child, 'close').then(([code]) => code as number | null)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return {
    child,
    output: () => text,
    says: words =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = words.exec(text)
          if (found) resolve(found)
        }
        listeners.add(look)
        void exited.then(code => reject(new Error(`ended with ${code}: ${text}`)))
        look()
      }),
    ended: () => exited,
    kill: signal => {
      child.kill(signal)
      return exited
    },
  }
}
