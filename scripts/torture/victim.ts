import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

/** A process that is killed again and again, and started anew each time. */
export class Victim {
  readonly name: string
  readonly #start: () => ChildProcess
  readonly #isReady: () => Promise<boolean>
  #child: ChildProcess | undefined
  #retired = false
  #ready = false

  constructor(name: string, start: () => ChildProcess, isReady: () => Promise<boolean>) {
    this.name = name
    this.#start = start
    this.#isReady = isReady
  }

  /** Whether it takes requests, as far as is known. */
  get ready(): boolean {
    return this.#ready
  }

  /** Starts it, and starts it again whenever it ends. */
  run(): void {
    const child = this.#start()
    this.#child = child
    void once(child, 'exit').then(async () => {
      this.#ready = false
      await pause(20)
      if (!this.#retired) this.run()
    })
    void this.#watch(child)
  }

  kill(): void {
    this.#ready = false
    this.#child?.kill('SIGKILL')
  }

  /** Stands still for so many ms, then goes on as if nothing had been. */
  async suspend(time: number): Promise<void> {
    this.#child?.kill('SIGSTOP')
    await pause(time)
    this.#child?.kill('SIGCONT')
  }

  /** Ends it for good. */
  async retire(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#retired = true
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }

  async #watch(child: ChildProcess): Promise<void> {
    while (child.exitCode === null && child.signalCode === null) {
      if (await this.#isReady().catch(() => false)) {
        this.#ready = child === this.#child
        return
      }
      await pause(50)
    }
  }
}

/** A process of ours, silent unless it fails to start. */
export function spawnNode(args: string[], env: NodeJS.ProcessEnv, cwd?: string): ChildProcess {
  const { PATH, HOME } = process.env
  return spawn(process.execPath, args, {
    ...(cwd ? { cwd } : {}),
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
