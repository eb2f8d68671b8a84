import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { tookTooLong } from '../../database/unavailability.ts'
import { Problem } from '../../errors.ts'
import { type Entry, type FlushParts, flush, type Outcome } from './flush.ts'
import { Admission, loadOf } from './queue/admission.ts'
import { EventQueue, type Group, type Load, type Part } from './queue/event-queue.ts'
import { FlushWindow } from './queue/flush-window.ts'
import { PendingBatches } from './queue/pending-batches.ts'

const MAX_FLUSH_BYTES = 8_388_608
const MAX_FLUSHES = 2
/** A second concurrent flush costs commands of its own: it starts only when this many events wait. */
const MIN_EVENTS_FOR_SECOND_FLUSH = 100
/** How long a request waits until a part of it is stored, before it is answered with 503. */
const REQUEST_TIMEOUT_MS = 10_000
/** How long a request that is stored in several parts may take as a whole. */
const MAX_REQUEST_MS = 30_000
/** How long a batch of a stream waits for room, and then until a part of it is stored. */
const STREAM_TIMEOUT_MS = 30_000
const MAX_RETRY_PAUSE_MS = 5_000

/** A group in the queue, or in flushes. */
interface QueuedGroup extends Group {
  /** Whether it belongs to a stream, which waits for room. */
  streamed: boolean
  outcomes: Outcome[]
  /** Number of entries whose outcome is not known yet. */
  open: number
  entered: number
  timer: NodeJS.Timeout
  answer: (outcomes: Outcome[]) => void
  refuse: (why: string) => void
}

/**
 * Group commit: the events of all requests wait in one bounded queue, and each flush takes a batch from it. Senders are served in
 * turn. How many events a flush takes, and how many may wait, follows from what the last flushes have cost.
 */
export class Ingest {
  readonly #parts: FlushParts
  readonly #logger: FastifyBaseLogger
  readonly #queue = new EventQueue<QueuedGroup>()
  readonly #window = new FlushWindow(MAX_FLUSHES)
  readonly #admission: Admission
  #inFlight = 0
  #closed = false
  #whenIdle: (() => void) | undefined
  readonly #pending: PendingBatches
  #stored = 0

  constructor(parts: FlushParts, limits: Load, logger: FastifyBaseLogger) {
    this.#parts = parts
    this.#admission = new Admission(limits, this.#window)
    this.#pending = new PendingBatches(load => this.#admission.hasRoomForStream(load))
    this.#logger = logger
  }

  /** Number of events that are accepted and not yet stored. */
  get depth(): number {
    return this.load.events
  }

  /** The events that are accepted and not yet stored, and their bytes. */
  get load(): Load {
    return this.#admission.held
  }

  /** Number of events that were stored, without those that the log is known to have had before. */
  get stored(): number {
    return this.#stored
  }

  /** Checks that the queue takes that many events. @throws Problem `unavailable` when it is full or shutting down */
  admit(events: number, bytes = 0): void {
    if (this.#closed) throw busy('shutting down')
    if (!this.#admission.hasRoom({ events, bytes })) throw busy('the queue is full')
  }

  /**
   * Stores entries. All of them enter the queue, or none.
   * @param sender who sends them: senders have equal shares of the flushes
   * @returns the result of each entry, in their order
   * @throws Problem `unavailable` when the queue is full or the database does not answer in time; sending again is safe
   */
  submit(entries: Entry[], sender = ''): Promise<Outcome[]> {
    const { events, bytes } = loadOf(entries)
    this.admit(events, bytes)
    return this.#enter(entries, sender, false)
  }

  /**
   * As `submit`, for a batch of a stream: waits until the queue has room for it. Streams leave half of the queue to others.
   * @throws Problem `unavailable` when the entries can never fit, or when queue or database do not take them in time; sending
   *   again is safe
   */
  async submitWhenRoom(entries: Entry[], sender = ''): Promise<Outcome[]> {
    const load = loadOf(entries)
    if (this.#closed) throw busy('shutting down')
    if (!this.#admission.canEverHold(load)) throw busy('the queue is full')
    return this.#pending.whenRoom(load, STREAM_TIMEOUT_MS, () => this.#enter(entries, sender, true), busy)
  }

  /** Closes the queue and returns when all accepted events are stored. */
  async drain(): Promise<void> {
    this.#closed = true
    this.#pending.refuseAll('shutting down')
    if (this.#inFlight > 0) await new Promise<void>(resolve => (this.#whenIdle = resolve))
  }

  #enter(entries: Entry[], sender: string, streamed: boolean): Promise<Outcome[]> {
    return new Promise((resolve, reject) => {
      const group: QueuedGroup = {
        lane: streamed ? `${sender} stream` : sender,
        entries,
        taken: 0,
        cancelled: false,
        streamed,
        outcomes: [],
        open: entries.length,
        entered: performance.now(),
        timer: setTimeout(
          () => this.#refuse(group, 'the database does not answer in time'),
          streamed ? STREAM_TIMEOUT_MS : REQUEST_TIMEOUT_MS,
        ),
        answer: resolve,
        refuse: why => reject(busy(why)),
      }
      this.#admission.enter(entries, streamed)
      this.#queue.add(group)
      this.#pump()
    })
  }

  /** Answers a request with 503. What no flush has taken leaves the queue: the client will send it again. */
  #refuse(group: QueuedGroup, why: string): void {
    clearTimeout(group.timer)
    group.refuse(why)
    this.#admission.leave(this.#queue.cancel(group), group.streamed)
    this.#pending.admit()
  }

  #pump(): void {
    const enough = Math.min(MIN_EVENTS_FOR_SECOND_FLUSH, this.#window.size)
    while (this.#queue.waiting > 0 && this.#inFlight < (this.#queue.waiting < enough ? 1 : MAX_FLUSHES)) {
      this.#inFlight++
      const parts = this.#queue.take({ events: this.#window.size, bytes: MAX_FLUSH_BYTES }, !this.#window.isKnown)
      void this.#flush(parts).finally(() => {
        this.#inFlight--
        this.#pump()
        if (this.#inFlight === 0) this.#whenIdle?.()
      })
    }
  }

  /** Flushes a batch until its outcome is known, also when its requests have timed out: some events may be in the log already. */
  async #flush(parts: Part<QueuedGroup>[]): Promise<void> {
    const entries = parts.flatMap(part => part.entries)
    const started = performance.now()
    const outcomes = await this.#flushUntilKnown(entries)
    this.#window.record(entries.length, performance.now() - started)
    this.#stored += entries.filter(({ isDuplicate }, index) => !isDuplicate && !outcomes[index]).length
    let from = 0
    for (const part of parts) {
      this.#settle(part, outcomes.slice(from, from + part.entries.length))
      from += part.entries.length
    }
    this.#shed()
    this.#pending.admit()
  }

  /** Refuses the requests that the database can not store in time, after a flush has shown how slow it is. Streams can wait. */
  #shed(): void {
    const { capacity } = this.#window
    if (this.#queue.waiting <= capacity) return
    let before = 0
    for (const group of this.#queue.inOrder()) {
      if (group.streamed) continue
      if (before >= capacity) this.#refuse(group, 'the queue is full')
      before += group.open
    }
  }

  /** Records the outcomes of a part of a group, and answers the group after its last one. */
  #settle({ group, from, entries }: Part<QueuedGroup>, outcomes: Outcome[]): void {
    this.#admission.leave(entries, group.streamed)
    for (const [i, outcome] of outcomes.entries()) group.outcomes[from + i] = outcome
    group.open -= entries.length
    if (group.open === 0) {
      clearTimeout(group.timer)
      group.answer(group.outcomes)
    } else if (!group.cancelled && performance.now() - group.entered < MAX_REQUEST_MS - REQUEST_TIMEOUT_MS) {
      group.timer.refresh()
    }
  }

  async #flushUntilKnown(entries: Entry[]): Promise<Outcome[]> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await flush(entries, this.#parts)
      } catch (err) {
        this.#logger.error({ err, events: entries.length, attempt }, 'the outcome of a flush is unknown; trying again')
        // A batch that can not be written within the time limit of a command is written in halves.
        if (attempt > 0 && entries.length > 1 && tookTooLong(err)) {
          const half = Math.ceil(entries.length / 2)
          const first = await this.#flushUntilKnown(entries.slice(0, half))
          return [...first, ...(await this.#flushUntilKnown(entries.slice(half)))]
        }
        await pause(Math.min(MAX_RETRY_PAUSE_MS, 100 * 2 ** attempt))
      }
    }
  }
}

function busy(detail: string): Problem {
  return new Problem('unavailable', { detail, headers: { 'retry-after': '2' } })
}
