/** Measures how long something goes on, with pauses. Times are in ms. */
export class Stopwatch {
  #total = 0
  #since: number | undefined

  start(now: number): void {
    this.#since ??= now
  }

  pause(now: number): void {
    if (this.#since !== undefined) this.#total += now - this.#since
    this.#since = undefined
  }

  /** Returns the time measured since the last call, and goes on or rests as before. */
  take(now: number): number {
    const isRunning = this.#since !== undefined
    this.pause(now)
    const taken = this.#total
    this.#total = 0
    if (isRunning) this.start(now)
    return Math.round(taken)
  }
}
