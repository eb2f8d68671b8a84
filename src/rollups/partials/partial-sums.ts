import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import type { LoggedEvent } from '../../events/event.ts'
import { type Bucket, bucketKey, bucketOf } from '../../events/marks/buckets.ts'
import type { PersonHash } from '../../events/person-hash.ts'
import { groupOf } from '../aggregation/event-group.ts'
import { Sum } from '../aggregation/sum.ts'
import { OPEN_MS, writePartials } from './partials.ts'

const INTERVAL_MS = 1_000
/** A sum takes up to some 10 kB. Minutes beyond this number are summed from the log only. */
const MAX_SUMS = 10_000

interface OpenMinute {
  bucket: Bucket
  sum: Sum
  isWritten: boolean
}

/**
 * Sums what this process stores, by image and minute, and writes the sums that have changed every second. A process that dies loses what
 * it has not written: these events are missing from provisional roll-ups until their minutes settle.
 */
export class PartialSums {
  readonly #db: mongo.Db
  readonly #hashPerson: PersonHash
  readonly #logger: FastifyBaseLogger
  readonly #writer = randomUUID()
  readonly #minutes = new Map<string, OpenMinute>()
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #hasFailed = false

  constructor(db: mongo.Db, hashPerson: PersonHash, logger: FastifyBaseLogger) {
    this.#db = db
    this.#hashPerson = hashPerson
    this.#logger = logger
  }

  /** Adds events that have just been stored for the first time. */
  add(events: LoggedEvent[]): void {
    const oldest = Date.now() - OPEN_MS
    for (const event of events) {
      if (event.automated || event.at.getTime() < oldest) continue
      this.#minuteOf(event)?.sum.addEvents(groupOf(event, this.#hashPerson))
    }
  }

  /** Starts writing. */
  start(): void {
    this.#running = this.#work()
  }

  /** Writes what has changed, and stops. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.#write()
  }

  #minuteOf({ imageId, at }: LoggedEvent): OpenMinute | undefined {
    const bucket = bucketOf(imageId, 'minute', at)
    const key = bucketKey(bucket)
    const known = this.#minutes.get(key)
    if (known) {
      known.isWritten = false
      return known
    }
    if (this.#minutes.size >= MAX_SUMS) return undefined
    const minute = { bucket, sum: new Sum(), isWritten: false }
    this.#minutes.set(key, minute)
    return minute
  }

  async #work(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await pause(INTERVAL_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined)
      await this.#write()
      this.#forget()
    }
  }

  async #write(): Promise<void> {
    const changed = [...this.#minutes.values()].filter(({ isWritten }) => !isWritten)
    for (const minute of changed) minute.isWritten = true
    try {
      const partials = changed.map(({ bucket, sum }) => ({ bucket, parts: sum.parts() }))
      await writePartials(this.#db, this.#writer, partials)
      this.#hasFailed = false
    } catch (error) {
      for (const minute of changed) minute.isWritten = false
      // Once for each outage, not every second.
      if (!this.#hasFailed)
        this.#logger.warn({ error: (error as Error).message }, 'partial sums could not be written; trying again')
      this.#hasFailed = true
    }
  }

  #forget(): void {
    const oldest = Date.now() - OPEN_MS
    for (const [key, { bucket, isWritten }] of this.#minutes)
      if (isWritten && (bucket.start?.getTime() ?? 0) + 60_000 < oldest) this.#minutes.delete(key)
  }
}
