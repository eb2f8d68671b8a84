/** Who waits for a turn, and how long. */
export interface Waiting {
  /** The turns of different callers alternate. */
  caller: string
  /** Goes before all work that is not urgent. */
  urgent?: boolean
  /** Takes work that has not begun out of the queue. */
  signal?: AbortSignal | undefined
}

interface Bounds {
  /** Number of works that run at once. */
  concurrency: number
  /** Number of works of a caller that may wait, urgent and other ones apart. */
  perCaller: number
  /** Number of works that may wait, urgent and other ones apart. */
  total: number
}

/** The works that wait, in the order of each caller. The caller whose turn is next comes first. */
type Line = Map<string, Set<() => void>>

/** Runs a bounded number of works at once. Callers take turns, so that one with much work does not delay the others. */
export class FairQueue {
  readonly #bounds: Bounds
  readonly #urgent: Line = new Map()
  readonly #other: Line = new Map()
  #running = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  /**
   * Runs work when its turn comes.
   * @returns its result; undefined, at once, when too many works wait
   * @throws the reason of the signal when it is aborted before the turn
   */
  run<Result>(work: () => Promise<Result>, { caller, urgent, signal }: Waiting): Promise<Result> | undefined {
    const line = urgent ? this.#urgent : this.#other
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.#running >= this.#bounds.concurrency && this.#isFull(line, caller)) return undefined
    return new Promise((resolve, reject) => {
      const leave = () => {
        remove(line, caller, begin)
        reject(signal?.reason)
      }
      const begin = () => {
        signal?.removeEventListener('abort', leave)
        this.#running++
        work()
          .then(resolve, reject)
          .finally(() => {
            this.#running--
            this.#next()
          })
      }
      signal?.addEventListener('abort', leave)
      const waiting = line.get(caller) ?? new Set()
      line.set(caller, waiting.add(begin))
      this.#next()
    })
  }

  #isFull(line: Line, caller: string): boolean {
    const { perCaller, total } = this.#bounds
    if ((line.get(caller)?.size ?? 0) >= perCaller) return true
    let sum = 0
    for (const { size } of line.values()) sum += size
    return sum >= total
  }

  /** Begins the next work, if there is room; its caller goes to the end of the line. */
  #next(): void {
    if (this.#running >= this.#bounds.concurrency) return
    const line = this.#urgent.size > 0 ? this.#urgent : this.#other
    for (const [caller, waiting] of line) {
      const [begin] = waiting
      if (!begin) continue
      line.delete(caller)
      waiting.delete(begin)
      if (waiting.size > 0) line.set(caller, waiting)
      begin()
      return
    }
  }
}

function remove(line: Line, caller: string, begin: () => void): void {
  const waiting = line.get(caller)
  waiting?.delete(begin)
  if (waiting?.size === 0) line.delete(caller)
}
