interface Running<Result> {
  result: Promise<Result>
  waiting: number
  abandoned: AbortController
}

/** Work that is done once for all who ask for it at the same time, and aborted when all of them have left. */
export class SharedWork<Result> {
  readonly #running = new Map<string, Running<Result>>()

  /**
   * Joins the work with this key, or begins it.
   * @param work gets a signal that is aborted when nobody waits for the result any more
   * @param signal of the caller that leaves
   * @throws the error of the work, or the reason of the signal
   */
  async run(key: string, work: (signal: AbortSignal) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted()
    const running = this.#running.get(key) ?? this.#begin(key, work)
    running.waiting++
    let leave: (() => void) | undefined
    const left = new Promise<never>((_resolve, reject) => {
      leave = () => {
        if (--running.waiting === 0) this.#abandon(key, running, signal?.reason)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', leave)
    })
    try {
      return await Promise.race([running.result, left])
    } finally {
      if (leave) signal?.removeEventListener('abort', leave)
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<Result>): Running<Result> {
    const abandoned = new AbortController()
    const running = { result: work(abandoned.signal), waiting: 0, abandoned }
    this.#running.set(key, running)
    const end = () => this.#forget(key, running)
    running.result.then(end, end)
    return running
  }

  #abandon(key: string, running: Running<Result>, reason: unknown): void {
    // Before the abort: who asks from now on begins anew.
    this.#forget(key, running)
    running.abandoned.abort(reason)
  }

  #forget(key: string, running: Running<Result>): void {
    if (this.#running.get(key) === running) this.#running.delete(key)
  }
}
