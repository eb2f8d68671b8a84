import type { mongo } from 'mongoose'
import { type Instant, instant, longestBetween } from './clock.ts'
import { type Bucket, bucketKey } from './grains.ts'
import { putMarks } from './marks.ts'

/** How long a writer leans on a mark of its own, in ms: a hot image costs a mark a second, not one a flush. */
const LEAN = 1_000

/** The marks that this process sent and that were acknowledged, for as long as it may lean on them. */
export class CoveredMinutes {
  readonly #db: mongo.Db
  readonly #sent = new Map<string, Instant>()

  constructor(db: mongo.Db) {
    this.#db = db
  }

  /**
   * Sees to it that every minute is marked before its events are written.
   * @returns when the oldest of the marks that cover them was sent
   */
  async cover(minutes: Bucket[]): Promise<Instant> {
    this.#forget()
    const leaned = minutes.flatMap(minute => this.#sent.get(bucketKey(minute)) ?? [])
    const missing = minutes.filter(minute => !this.#sent.has(bucketKey(minute)))
    if (missing.length > 0) leaned.push(await this.mark(missing))
    return leaned.reduce((oldest, sent) => (sent.monotonic < oldest.monotonic ? sent : oldest))
  }

  /** Marks them whatever was sent before; they count from the moment before the driver was called. */
  async mark(minutes: Bucket[]): Promise<Instant> {
    const before = instant()
    const { operation } = await putMarks(this.#db, minutes)
    const sent = operation === undefined ? before : { ...before, operation }
    for (const minute of minutes) this.#sent.set(bucketKey(minute), sent)
    return sent
  }

  #forget(): void {
    const now = instant()
    for (const [key, sent] of this.#sent) if (longestBetween(sent, now) >= LEAN) this.#sent.delete(key)
  }
}
