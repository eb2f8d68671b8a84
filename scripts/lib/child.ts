import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A script below scripts/ in a process of its own that says what it has to say by messages. */
export interface Child<Message> {
  process: ChildProcess
  /** What it said first. */
  first: Message
  /** Asks, and waits for what it says next. */
  ask(): Promise<Message>
  stop(): Promise<void>
}

export async function startChild<Message>(script: string, ...args: string[]): Promise<Child<Message>> {
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url))
  const child = fork(path, args, { execArgv: ['--import', 'tsx'] })
  const next = async () => (await once(child, 'message'))[0] as Message
  const first = await Promise.race([
    next(),
    once(child, 'exit').then(() => Promise.reject(new Error(`${script} ended`))),
  ])
  return {
    process: child,
    first,
    ask: () => {
      const answer = next()
      child.send('?')
      return answer
    },
    stop: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
