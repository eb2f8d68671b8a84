import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

const RESTART_DELAY_MS = 20
const POLL_INTERVAL_MS = 50

/** A process that is restarted whenever it ends. */
export class RestartingProcess {
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

  /** Whether it accepts requests, as far as is known. */
  get ready(): boolean {
    return this.#ready
  }

  /** Starts the process, and restarts it whenever it ends. */
  run(): void {
    const child = this.#start()
    this.#child = child
    void once(child, 'exit').then(async () => {
      this.#ready = false
      await pause(RESTART_DELAY_MS)
      if (!this.#retired) this.run()
    })
    void this.#watch(child)
  }

  /** Kills the process with SIGKILL. */
  kill(): void {
    this.#ready = false
    this.#child?.kill('SIGKILL')
  }

  /** Suspends the process and resumes it. @param time in ms */
  async suspend(time: number): Promise<void> {
    this.#child?.kill('SIGSTOP')
    await pause(time)
    this.#child?.kill('SIGCONT')
  }

  /** Ends the process without a restart. */
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
      await pause(POLL_INTERVAL_MS)
    }
  }
}

/** Starts Node with a clean environment; only its stderr is shown. */
export function spawnNode(args: string[], env: NodeJS.ProcessEnv, cwd?: string): ChildProcess {
  const { PATH, HOME } = process.env
  return spawn(process.execPath, args, {
    ...(cwd ? { cwd } : {}),
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
