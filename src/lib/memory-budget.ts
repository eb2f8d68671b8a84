/** Memory that many callers share, in bytes: bounded in all and for each caller. */
export class MemoryBudget {
  readonly #total: number
  readonly #perCaller: number
  readonly #reserved = new Map<string, number>()
  #sum = 0

  constructor(total: number, perCaller: number) {
    this.#total = total
    this.#perCaller = perCaller
  }

  /**
   * Reserves memory for a caller. A caller that has reserved nothing may exceed its own bound.
   * @returns the function that releases it, once; undefined when there is not enough
   */
  reserve(caller: string, bytes: number): (() => void) | undefined {
    const before = this.#reserved.get(caller) ?? 0
    if (this.#sum + bytes > this.#total || (before > 0 && before + bytes > this.#perCaller)) return undefined
    this.#add(caller, bytes)
    let isReleased = false
    return () => {
      if (!isReleased) this.#add(caller, -bytes)
      isReleased = true
    }
  }

  #add(caller: string, bytes: number): void {
    const reserved = (this.#reserved.get(caller) ?? 0) + bytes
    this.#sum += bytes
    if (reserved > 0) this.#reserved.set(caller, reserved)
    else this.#reserved.delete(caller)
  }
}
