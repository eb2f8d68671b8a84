import type { mongo } from 'mongoose'
import { type Instant, instant, longestBetween } from '../log/clock.ts'
import { type Bucket, bucketKey } from './buckets.ts'
import { putMarks } from './marks.ts'

/** How long a writer leans on a mark of its own, in ms: a hot image costs a mark in two seconds, not one a flush. */
export const REUSE_MS = 2_000
/** How long a mark surely holds, in ms: a folder takes none away that it has known for less. */
export const HOLD_MS = 4_000

/** The marks that this process sent and that were acknowledged, for as long as it may lean on them. */
export class WriterMarks {
  readonly #db: mongo.Db
  readonly #sent = new Map<string, Instant>()

  constructor(db: mongo.Db) {
    this.#db = db
  }

  /**
   * Runs a write between its marks: they stand before it, and again after it where its answer came so late that a folder may
   * have taken them away before the data were there.
   */
  async whileMarked<Done extends { operation: number | undefined } | undefined>(
    buckets: Bucket[],
    write: () => Promise<Done>,
  ): Promise<Done> {
    const sent = await this.#cover(buckets)
    const done = await write()
    if (longestBetween(sent, instant(done?.operation)) > HOLD_MS) await this.#mark(buckets)
    return done
  }

  /** Marks buckets of which the data stand already. */
  async markAfter(buckets: Bucket[]): Promise<void> {
    if (buckets.length > 0) await putMarks(this.#db, buckets)
  }

  /** When the oldest of the marks was sent that cover them now. */
  async #cover(buckets: Bucket[]): Promise<Instant> {
    this.#forget()
    const leaned = buckets.flatMap(bucket => this.#sent.get(bucketKey(bucket)) ?? [])
    const missing = buckets.filter(bucket => !this.#sent.has(bucketKey(bucket)))
    if (missing.length > 0) leaned.push(await this.#mark(missing))
    return leaned.reduce((oldest, sent) => (sent.monotonic < oldest.monotonic ? sent : oldest), instant())
  }

  /** Marks them whatever was sent before; they count from the moment before the driver was called. */
  async #mark(buckets: Bucket[]): Promise<Instant> {
    const before = instant()
    const { operation } = await putMarks(this.#db, buckets)
    const sent = operation === undefined ? before : { ...before, operation }
    for (const bucket of buckets) this.#sent.set(bucketKey(bucket), sent)
    return sent
  }

  #forget(): void {
    const now = instant()
    for (const [key, sent] of this.#sent) if (longestBetween(sent, now) >= REUSE_MS) this.#sent.delete(key)
  }
}
