import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { EngineError } from '../errors.ts'

const MAX_OUTPUT_CHARACTERS = 20_000_000
const KEPT_ERROR_CHARACTERS = 2_000

/**
 * Waits until a program ends, and returns what it wrote to stdout.
 * @param name its name in error messages
 * @throws EngineError with its error message when it does not start or its exit code is not 0
 */
export function outputOf(child: ChildProcess, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = ''
    let err = ''
    child.stdout?.setEncoding('utf8').on('data', text => {
      if (out.length < MAX_OUTPUT_CHARACTERS) out += text
    })
    child.stderr?.setEncoding('utf8').on('data', text => {
      err = (err + text).slice(-KEPT_ERROR_CHARACTERS)
    })
    child.once('error', cause => reject(new EngineError(`${name} can not be started: ${cause.message}`, { cause })))
    child.once('close', code => {
      if (code === 0) resolve(out)
      else reject(new EngineError(`${name} failed: ${errorSummary(err || out.slice(-KEPT_ERROR_CHARACTERS))}`))
    })
  })
}

/** Summarizes a program's output in one line: its first error, else all of it; says first if the disk is full. */
export function errorSummary(output: string): string {
  const [error = output] = /(?:FATAL|PANIC|ERROR|error|E): .*$/m.exec(output) ?? []
  const prefix = /No space left|free disk space/.test(output) ? 'no space is left on the disk: ' : ''
  return prefix + error.trim().replaceAll(/\s*\n\s*/g, '; ')
}

/** Runs a program of the machine and waits for it. @returns its stdout @throws EngineError when it fails */
export function run(command: string, args: string[], cwd?: string): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(cwd ? { cwd } : {}) })
  return outputOf(child, `${command} ${args.at(-1) ?? ''}`)
}
