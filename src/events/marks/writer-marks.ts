import type { mongo } from 'mongoose'
import { type Clock, type Instant, instant, longestBetween } from '../log/clock.ts'
import { type Bucket, bucketKey } from './buckets.ts'
import { putMarks } from './marks.ts'

/** How long a writer reuses a mark that it has sent: a busy image costs one mark in two seconds, not one a flush. */
export const REUSE_MS = 2_000
/** How long a mark holds: the roll-up worker deletes no mark that it has known for less. */
export const HOLD_MS = 4_000

/** Marks buckets before their data change, and reuses marks that this process sent less than `REUSE_MS` ago. */
export class WriterMarks {
  readonly #db: mongo.Db
  readonly #now: Clock
  readonly #sent = new Map<string, Instant>()

  constructor(db: mongo.Db, now: Clock = instant) {
    this.#db = db
    this.#now = now
  }

  /**
   * Marks the buckets, then runs the write. Marks them again when the write's reply came later than the hold: the roll-up worker
   * may have deleted the first marks before the data were visible.
   * @param write returns the `operationTime` of its reply in seconds, if it has one; undefined when it wrote nothing
   * @returns what the write returns
   * @throws what marking or the write throws
   */
  async whileMarked<Done extends { operation: number | undefined } | undefined>(
    buckets: Bucket[],
    write: () => Promise<Done>,
  ): Promise<Done> {
    const sent = await this.#ensureMarked(buckets)
    const done = await write()
    if (longestBetween(sent, this.#now(done?.operation)) > HOLD_MS) await this.#mark(buckets)
    return done
  }

  /** Marks buckets whose data are written already. */
  async markAfter(buckets: Bucket[]): Promise<void> {
    if (buckets.length > 0) await putMarks(this.#db, buckets)
  }

  /** @returns when the oldest mark was sent that is valid for one of the buckets now */
  async #ensureMarked(buckets: Bucket[]): Promise<Instant> {
    this.#forget()
    const sent = buckets.flatMap(bucket => this.#sent.get(bucketKey(bucket)) ?? [])
    const missing = buckets.filter(bucket => !this.#sent.has(bucketKey(bucket)))
    if (missing.length > 0) sent.push(await this.#mark(missing))
    return sent.reduce((oldest, next) => (next.monotonic < oldest.monotonic ? next : oldest), this.#now())
  }

  /** Sends marks for all buckets. They count as sent from before the driver was called. */
  async #mark(buckets: Bucket[]): Promise<Instant> {
    const before = this.#now()
    const { operation } = await putMarks(this.#db, buckets)
    const sent = operation === undefined ? before : { ...before, operation }
    for (const bucket of buckets) this.#sent.set(bucketKey(bucket), sent)
    return sent
  }

  #forget(): void {
    const now = this.#now()
    for (const [key, sent] of this.#sent) if (longestBetween(sent, now) >= REUSE_MS) this.#sent.delete(key)
  }
}
