import type { Load } from './event-queue.ts'

interface PendingBatch {
  load: Load
  /** Ends the waiting: the batch enters the queue, or it is refused with a reason. */
  end: (refusal?: string) => void
}

/** Batches of streams that wait for room in the queue, in order of arrival. */
export class PendingBatches {
  #batches: PendingBatch[] = []
  readonly #hasRoom: (load: Load) => boolean

  constructor(hasRoom: (load: Load) => boolean) {
    this.#hasRoom = hasRoom
  }

  /**
   * Runs `enter` as soon as there is room for the load, in that very moment.
   * @param timeout how long it waits, in ms
   * @param refuse makes the error for a reason
   * @throws what `refuse` makes, when there is no room in time
   */
  async whenRoom<Result>(
    load: Load,
    timeout: number,
    enter: () => Promise<Result>,
    refuse: (why: string) => Error,
  ): Promise<Result> {
    if (this.#batches.length === 0 && this.#hasRoom(load)) return enter()
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#batches = this.#batches.filter(other => other !== batch)
        batch.end('the queue stays full')
        this.admit()
      }, timeout)
      const batch: PendingBatch = {
        load,
        end: refusal => {
          clearTimeout(timer)
          if (refusal === undefined) resolve(enter())
          else reject(refuse(refusal))
        },
      }
      this.#batches.push(batch)
    })
  }

  /** Lets the first batches enter, as far as there is room. */
  admit(): void {
    for (let [first] = this.#batches; first && this.#hasRoom(first.load); [first] = this.#batches) {
      this.#batches.shift()
      first.end()
    }
  }

  /** Refuses all batches. */
  refuseAll(why: string): void {
    for (const { end } of this.#batches.splice(0)) end(why)
  }
}
