const MAX_CURSORS = 10_000
const IDLE_TIMEOUT_MS = 10 * 60_000

interface Cursor {
  /** DocumentDB's description of the next page. */
  continuation: Buffer
  /** Time of the last use, in Unix ms. */
  usedAt: number
}

/**
 * The continuation of each open cursor. `removeExpired` removes cursors that were not used for 10 minutes, and the least recently
 * used ones of more than 10,000.
 */
export class Cursors {
  readonly #open = new Map<string, Cursor>()

  /** Stores the continuation of a cursor; null removes the cursor, since it is exhausted. */
  set(id: string, continuation: Buffer | null): void {
    this.#open.delete(id)
    if (continuation) this.#open.set(id, { continuation, usedAt: Date.now() })
  }

  /** Returns the continuation of a cursor; undefined when the cursor is not open. */
  get(id: string): Buffer | undefined {
    return this.#open.get(id)?.continuation
  }

  /** Removes a cursor. @returns whether it was open */
  delete(id: string): boolean {
    return this.#open.delete(id)
  }

  /** Removes idle and surplus cursors. @returns their ids, so that the database's resources for them can be freed */
  removeExpired(): string[] {
    const oldest = Date.now() - IDLE_TIMEOUT_MS
    const ids: string[] = []
    // `set` moves a cursor to the end of the map, so the least recently used cursors come first.
    for (const [id, { usedAt }] of this.#open) {
      if (usedAt >= oldest && this.#open.size - ids.length <= MAX_CURSORS) break
      ids.push(id)
    }
    for (const id of ids) this.#open.delete(id)
    return ids
  }
}
