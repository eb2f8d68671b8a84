import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { EngineError } from '../errors.ts'

const MOST_OUTPUT = 20_000_000

/** What a program writes when it ends well. @throws EngineError with its last words when it does not */
export function output(child: ChildProcess, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = ''
    let err = ''
    child.stdout?.setEncoding('utf8').on('data', text => {
      if (out.length < MOST_OUTPUT) out += text
    })
    child.stderr?.setEncoding('utf8').on('data', text => {
      err = (err + text).slice(-2000)
    })
    child.once('error', cause => reject(new EngineError(`${name} does not start: ${cause.message}`, { cause })))
    child.once('close', code => {
      if (code === 0) resolve(out)
      else reject(new EngineError(`${name} failed: ${reasonIn(err || out.slice(-2000))}`))
    })
  })
}

/** What is wrong, in one line, by a program's last words: the disk if they name it, then the first error, else all there is. */
export function reasonIn(words: string): string {
  const [error = words] = /(?:FATAL|PANIC|ERROR|error|E): .*$/m.exec(words) ?? []
  const disk = /No space left|free disk space/.test(words) ? 'no space is left on the disk: ' : ''
  return disk + error.trim().replaceAll(/\s*\n\s*/g, '; ')
}

/** Runs a program of the machine to its end. */
export function run(command: string, args: string[], cwd?: string): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(cwd ? { cwd } : {}) })
  return output(child, `${command} ${args.at(-1) ?? ''}`)
}
