const MOST = 10_000
const IDLE = 10 * 60_000

interface Cursor {
  continuation: Buffer
  usedAt: number
}

/** Where each open cursor goes on. The least recently used go when there are too many, the forgotten ones by time. */
export class Cursors {
  readonly #open = new Map<string, Cursor>()

  /** Keeps where a cursor goes on; null says that it is exhausted. */
  set(id: string, continuation: Buffer | null): void {
    this.#open.delete(id)
    if (continuation) this.#open.set(id, { continuation, usedAt: Date.now() })
  }

  get(id: string): Buffer | undefined {
    return this.#open.get(id)?.continuation
  }

  /** True when the cursor was open. */
  delete(id: string): boolean {
    return this.#open.delete(id)
  }

  /** Forgets the cursors nobody will ask for and gives their ids, so that what they hold can go. */
  expired(): string[] {
    const before = Date.now() - IDLE
    const ids: string[] = []
    for (const [id, { usedAt }] of this.#open) {
      if (usedAt >= before && this.#open.size - ids.length <= MOST) break
      ids.push(id)
    }
    for (const id of ids) this.#open.delete(id)
    return ids
  }
}
