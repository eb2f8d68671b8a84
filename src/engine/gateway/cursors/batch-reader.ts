/** MongoDB's limit of a batch; a batch with one document may be larger. */
const MAX_BATCH_BYTES = 16 * 1_048_576
/** Rows fetched at first, before the size of documents is known, and at most. */
const FIRST_FETCH = 16
const MAX_FETCH = 1_000
/** Bounds the memory of a fetch. */
const FETCH_BYTES = 4 * 1_048_576

/** A result whose rows are fetched in order. */
export interface Rows {
  /** Returns the next rows; fewer than `count` only at the end. */
  fetch(count: number): Promise<Buffer[]>
}

/** A batch of documents. */
export interface Batch {
  documents: Buffer[]
  /** Whether nothing follows. */
  isLast: boolean
}

/** Divides a result into batches, in order. Holds at most one fetch in memory. */
export class BatchReader {
  readonly #rows: Rows
  #pending: Buffer[] = []
  #isExhausted = false
  #fetched = 0
  #fetchedBytes = 0

  constructor(rows: Rows) {
    this.#rows = rows
  }

  /** Returns the next batch, up to `limit` documents and 16 MiB. */
  async next(limit: number): Promise<Batch> {
    const documents: Buffer[] = []
    let bytes = 0
    while (documents.length < limit) {
      if (this.#pending.length === 0) await this.#fetch(limit - documents.length)
      const [document] = this.#pending
      if (!document) break
      if (documents.length > 0 && bytes + document.length > MAX_BATCH_BYTES) break
      this.#pending.shift()
      documents.push(document)
      bytes += document.length
    }
    return { documents, isLast: this.#isExhausted && this.#pending.length === 0 }
  }

  async #fetch(wanted: number): Promise<void> {
    if (this.#isExhausted) return
    const count = Math.min(wanted, this.#fetchSize())
    this.#pending = await this.#rows.fetch(count)
    this.#isExhausted = this.#pending.length < count
    this.#fetched += this.#pending.length
    for (const { length } of this.#pending) this.#fetchedBytes += length
  }

  #fetchSize(): number {
    if (this.#fetched === 0) return FIRST_FETCH
    const averageBytes = this.#fetchedBytes / this.#fetched
    return Math.max(1, Math.min(MAX_FETCH, Math.floor(FETCH_BYTES / averageBytes)))
  }
}
