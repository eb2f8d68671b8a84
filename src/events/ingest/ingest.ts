import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { Problem } from '../../errors.ts'
import { type Entry, type FlushParts, flush, type Outcome } from './flush.ts'

const MAX_FLUSH_EVENTS = 5_000
const MAX_FLUSH_BYTES = 8_388_608
const MAX_FLUSHES = 2
/** A second concurrent flush costs commands of its own: it starts only when this many events wait. */
const MIN_EVENTS_FOR_SECOND_FLUSH = 100
/** How long a request waits for the queue or the database before it is answered with 503. */
const REQUEST_TIMEOUT_MS = 10_000
const MAX_RETRY_PAUSE_MS = 5_000

/** The entries of one request or batch. */
interface Group {
  entries: Entry[]
  bytes: number
}

/** A group in the queue. */
interface QueuedGroup extends Group {
  answer: (outcomes: Outcome[]) => void
}

/** A group that waits until the queue has room. */
interface PendingGroup {
  group: Group
  enter: () => void
  refuse: (why: string) => void
}

/** Group commit: the events of all requests wait in one bounded queue, and each flush takes a batch from it. */
export class Ingest {
  readonly #parts: FlushParts
  readonly #limits: { events: number; bytes: number }
  readonly #logger: FastifyBaseLogger
  readonly #queue: QueuedGroup[] = []
  #queued = { events: 0, bytes: 0 }
  /** Events in the queue that are not being flushed. */
  #waiting = 0
  #inFlight = 0
  #closed = false
  #whenIdle: (() => void) | undefined
  /** Groups that wait for room, in order of arrival. Each enters the queue in the moment that its room becomes free. */
  #pending: PendingGroup[] = []

  constructor(parts: FlushParts, limits: { events: number; bytes: number }, logger: FastifyBaseLogger) {
    this.#parts = parts
    this.#limits = limits
    this.#logger = logger
  }

  /** Number of events that are accepted and not yet stored. */
  get depth(): number {
    return this.#queued.events
  }

  /** Checks that the queue takes that many events. @throws Problem `unavailable` when it is full or shutting down */
  admit(events: number, bytes = 0): void {
    if (this.#closed) throw busy('shutting down')
    if (!this.#hasRoom(events, bytes)) throw busy('the queue is full')
  }

  /**
   * Stores entries. All of them enter the queue, or none.
   * @returns the result of each entry, in their order
   * @throws Problem `unavailable` when the queue is full or the database does not answer in time; sending again is safe
   */
  submit(entries: Entry[]): Promise<Outcome[]> {
    const group = groupOf(entries)
    this.admit(entries.length, group.bytes)
    return this.#enter(group)
  }

  /**
   * As `submit`, but waits until the queue has room. Callers of `submit` may take room before those who wait.
   * @throws Problem `unavailable` when the entries can never fit, or when queue or database do not take them in time; sending
   *   again is safe
   */
  async submitWhenRoom(entries: Entry[]): Promise<Outcome[]> {
    const group = groupOf(entries)
    const fits = entries.length <= this.#limits.events && group.bytes <= this.#limits.bytes
    if (this.#closed || !fits || (this.#pending.length === 0 && this.#hasRoom(entries.length, group.bytes))) {
      return this.submit(entries)
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending = this.#pending.filter(other => other !== pending)
        pending.refuse('the queue stays full')
        this.#admitPending()
      }, REQUEST_TIMEOUT_MS)
      const pending: PendingGroup = {
        group,
        enter: () => {
          clearTimeout(timer)
          resolve(this.#enter(group))
        },
        refuse: why => {
          clearTimeout(timer)
          reject(busy(why))
        },
      }
      this.#pending.push(pending)
    })
  }

  /** Closes the queue and returns when all accepted events are stored. */
  async drain(): Promise<void> {
    this.#closed = true
    for (const { refuse } of this.#pending.splice(0)) refuse('shutting down')
    if (this.#inFlight > 0) await new Promise<void>(resolve => (this.#whenIdle = resolve))
  }

  #hasRoom(events: number, bytes: number): boolean {
    return this.#queued.events + events <= this.#limits.events && this.#queued.bytes + bytes <= this.#limits.bytes
  }

  #enter({ entries, bytes }: Group): Promise<Outcome[]> {
    this.#queued.events += entries.length
    this.#queued.bytes += bytes
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(busy('the database does not answer in time')), REQUEST_TIMEOUT_MS)
      const answer = (outcomes: Outcome[]) => {
        clearTimeout(timer)
        resolve(outcomes)
      }
      this.#queue.push({ entries, bytes, answer })
      this.#waiting += entries.length
      this.#pump()
    })
  }

  #admitPending(): void {
    for (;;) {
      const [first] = this.#pending
      if (!first || !this.#hasRoom(first.group.entries.length, first.group.bytes)) return
      this.#pending.shift()
      first.enter()
    }
  }

  #pump(): void {
    while (this.#queue.length > 0 && this.#inFlight < (this.#waiting < MIN_EVENTS_FOR_SECOND_FLUSH ? 1 : MAX_FLUSHES)) {
      this.#inFlight++
      void this.#flush(this.#takeBatch()).finally(() => {
        this.#inFlight--
        this.#pump()
        if (this.#inFlight === 0) this.#whenIdle?.()
      })
    }
  }

  #takeBatch(): QueuedGroup[] {
    const batch: QueuedGroup[] = []
    let events = 0
    let bytes = 0
    for (;;) {
      const next = this.#queue[0]
      const fits = next && events + next.entries.length <= MAX_FLUSH_EVENTS && bytes + next.bytes <= MAX_FLUSH_BYTES
      if (!next || (batch.length > 0 && !fits)) return batch
      this.#queue.shift()
      this.#waiting -= next.entries.length
      events += next.entries.length
      bytes += next.bytes
      batch.push(next)
    }
  }

  /** Flushes a batch until its outcome is known, also when its requests have timed out: some events may be in the log already. */
  async #flush(batch: QueuedGroup[]): Promise<void> {
    const entries = batch.flatMap(group => group.entries)
    const outcomes = await this.#flushUntilKnown(entries)
    let from = 0
    for (const { entries, bytes, answer } of batch) {
      answer(outcomes.slice(from, from + entries.length))
      from += entries.length
      this.#queued.events -= entries.length
      this.#queued.bytes -= bytes
    }
    this.#admitPending()
  }

  async #flushUntilKnown(entries: Entry[]): Promise<Outcome[]> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await flush(entries, this.#parts)
      } catch (err) {
        this.#logger.error({ err, events: entries.length, attempt }, 'the outcome of a flush is unknown; trying again')
        await pause(Math.min(MAX_RETRY_PAUSE_MS, 100 * 2 ** attempt))
      }
    }
  }
}

function groupOf(entries: Entry[]): Group {
  return { entries, bytes: entries.reduce((sum, entry) => sum + entry.bytes, 0) }
}

function busy(detail: string): Problem {
  return new Problem('unavailable', { detail, headers: { 'retry-after': '2' } })
}
