import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A script of the folder scripts/ that runs in its own process and sends messages. */
export interface Child<Message> {
  process: ChildProcess
  /** The first message. */
  first: Message
  /** Sends a request and returns the next message. */
  ask(): Promise<Message>
  /** Kills the process and waits until it has exited. */
  stop(): Promise<void>
}

/** Starts a script and waits for its first message. @throws Error when the script exits before that */
export async function startChild<Message>(script: string, ...args: string[]): Promise<Child<Message>> {
  const path = fileURLToPath(new URL(`../${script}`, import.meta.url))
  const child = fork(path, args, { execArgv: ['--import', 'tsx'] })
  const next = async () => (await once(child, 'message'))[0] as Message
  const first = await Promise.race([
    next(),
    once(child, 'exit').then(() => Promise.reject(new Error(`${script} exited before its first message`))),
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
