import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A script of the folder scripts/ that runs in its own process. */
export interface RunningScript {
  process: ChildProcess
  /** Is rejected when the script fails; what ended it by a signal knows why. */
  ended: Promise<void>
}

/** Runs a script in its own process, whose output is shown. */
export function runScript(script: string, args: string[], env: NodeJS.ProcessEnv): RunningScript {
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url))
  const child = fork(path, args, { env, execArgv: ['--import', 'tsx'] })
  const ended = once(child, 'exit').then(([code]) => {
    if (code) throw new Error(`${script} failed with exit code ${code}`)
  })
  return { process: child, ended }
}
