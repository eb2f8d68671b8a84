import cliProgress from 'cli-progress'

const INTERVAL_MS = 10_000

/** Shows how far the tasks of a command are, one after another, on stderr. */
export class ProgressBar {
  readonly #bar = new cliProgress.SingleBar({
    format: '{task} [{bar}] {value}/{total}',
    stream: process.stderr,
    noTTYOutput: true,
    notTTYSchedule: INTERVAL_MS,
  })
  #task: string | undefined

  /** Shows that `done` of `total` parts of a task are done. */
  show(task: string, done: number, total: number): void {
    if (task !== this.#task) {
      this.stop()
      this.#bar.start(total, done, { task: task.padEnd(8) })
      this.#task = task
    }
    this.#bar.setTotal(total)
    this.#bar.update(done)
  }

  stop(): void {
    if (this.#task !== undefined) this.#bar.stop()
    this.#task = undefined
  }
}
