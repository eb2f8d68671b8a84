/** Measures how long something goes on, with pauses. Times are in ms. */
export class Stopwatch {
  #total = 0
  #since: number | undefined

  start(now: number): void {
    this.#since ??= now
  }

  pause(now: number): void {
    this.#total = this.read(now)
    this.#since = undefined
  }

  read(now: number): number {
    return this.#total + (this.#since === undefined ? 0 : now - this.#since)
  }

  /** Returns the time measured since the last call, up to a maximum; the rest is left for the next call. */
  take(now: number, most: number): number {
    const taken = Math.min(most, Math.round(this.read(now)))
    this.#total -= taken
    return taken
  }
}
