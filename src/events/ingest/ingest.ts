import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { Problem } from '../../errors.ts'
import { type Entry, type FlushParts, flush, type Outcome } from './flush.ts'

const MOST_EVENTS = 5_000
const MOST_BYTES = 8_388_608
const IN_FLIGHT = 2
/** A second flush beside the first costs commands of its own: only when so many events wait for it. */
const WORTH_A_SECOND = 100
/** How long a request waits for the database before it is told to come again, in ms. */
const PATIENCE = 10_000
const LONGEST_PAUSE = 5_000

/** Entries that were sent together. */
interface Group {
  entries: Entry[]
  bytes: number
}

interface Waiting extends Group {
  answer: (outcomes: Outcome[]) => void
}

/** A group for which there is no room yet. */
interface InLine {
  group: Group
  enter: () => void
  refuse: (why: string) => void
}

/** Group commit: what all requests bring waits in one bounded queue, and each flush takes what is there. */
export class Ingest {
  readonly #parts: FlushParts
  readonly #limits: { events: number; bytes: number }
  readonly #logger: FastifyBaseLogger
  readonly #queue: Waiting[] = []
  #queued = { events: 0, bytes: 0 }
  /** Events of the queue that no flush has taken yet. */
  #waiting = 0
  #inFlight = 0
  #closed = false
  #whenIdle: (() => void) | undefined
  /** First come, first served: each takes its room in the moment it becomes free, so that nobody is woken in vain. */
  #line: InLine[] = []

  constructor(parts: FlushParts, limits: { events: number; bytes: number }, logger: FastifyBaseLogger) {
    this.#parts = parts
    this.#limits = limits
    this.#logger = logger
  }

  /** Events accepted and not yet answered. */
  get depth(): number {
    return this.#queued.events
  }

  /** @throws Problem `unavailable` when there is no room for so many events, or none is taken any more */
  admit(events: number, bytes = 0): void {
    if (this.#closed) throw busy('shutting down')
    if (!this.#hasRoom(events, bytes)) throw busy('the queue is full')
  }

  /**
   * Stores entries; the answer says for each what became of it. All of them go in together or none does.
   * @throws Problem `unavailable` when the queue is full, or when the database did not answer in time: sending again is safe
   */
  submit(entries: Entry[]): Promise<Outcome[]> {
    const group = groupOf(entries)
    this.admit(entries.length, group.bytes)
    return this.#enter(group)
  }

  /**
   * As `submit`, but waits in line where there is no room; what is left beside the line is for those who do not wait.
   * @throws Problem `unavailable` when it will never fit or did not in time, or when the database did not answer in time: sending
   *   again is safe
   */
  async submitInTurn(entries: Entry[]): Promise<Outcome[]> {
    const group = groupOf(entries)
    const fits = entries.length <= this.#limits.events && group.bytes <= this.#limits.bytes
    if (this.#closed || !fits || (this.#line.length === 0 && this.#hasRoom(entries.length, group.bytes))) {
      return this.submit(entries)
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#line = this.#line.filter(one => one !== mine)
        mine.refuse('the queue stays full')
        this.#serveLine()
      }, PATIENCE)
      const mine: InLine = {
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
      this.#line.push(mine)
    })
  }

  /** Takes nothing more and returns when everything that was taken is stored. */
  async drain(): Promise<void> {
    this.#closed = true
    for (const { refuse } of this.#line.splice(0)) refuse('shutting down')
    if (this.#inFlight > 0) await new Promise<void>(resolve => (this.#whenIdle = resolve))
  }

  #hasRoom(events: number, bytes: number): boolean {
    return this.#queued.events + events <= this.#limits.events && this.#queued.bytes + bytes <= this.#limits.bytes
  }

  #enter({ entries, bytes }: Group): Promise<Outcome[]> {
    this.#queued.events += entries.length
    this.#queued.bytes += bytes
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(busy('the database does not answer in time')), PATIENCE)
      const answer = (outcomes: Outcome[]) => {
        clearTimeout(timer)
        resolve(outcomes)
      }
      this.#queue.push({ entries, bytes, answer })
      this.#waiting += entries.length
      this.#pump()
    })
  }

  #serveLine(): void {
    for (;;) {
      const [first] = this.#line
      if (!first || !this.#hasRoom(first.group.entries.length, first.group.bytes)) return
      this.#line.shift()
      first.enter()
    }
  }

  #pump(): void {
    while (this.#queue.length > 0 && this.#inFlight < (this.#waiting < WORTH_A_SECOND ? 1 : IN_FLIGHT)) {
      this.#inFlight++
      void this.#flush(this.#take()).finally(() => {
        this.#inFlight--
        this.#pump()
        if (this.#inFlight === 0) this.#whenIdle?.()
      })
    }
  }

  #take(): Waiting[] {
    const batch: Waiting[] = []
    let events = 0
    let bytes = 0
    for (;;) {
      const next = this.#queue[0]
      const fits = next && events + next.entries.length <= MOST_EVENTS && bytes + next.bytes <= MOST_BYTES
      if (!next || (batch.length > 0 && !fits)) return batch
      this.#queue.shift()
      this.#waiting -= next.entries.length
      events += next.entries.length
      bytes += next.bytes
      batch.push(next)
    }
  }

  /** Goes on until the database has answered, also when nobody waits any more: an event may stand in the log by now. */
  async #flush(batch: Waiting[]): Promise<void> {
    const entries = batch.flatMap(waiting => waiting.entries)
    const outcomes = await this.#insist(entries)
    let from = 0
    for (const { entries, bytes, answer } of batch) {
      answer(outcomes.slice(from, from + entries.length))
      from += entries.length
      this.#queued.events -= entries.length
      this.#queued.bytes -= bytes
    }
    this.#serveLine()
  }

  async #insist(entries: Entry[]): Promise<Outcome[]> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await flush(entries, this.#parts)
      } catch (err) {
        this.#logger.error({ err, events: entries.length, attempt }, 'a flush is not known to be stored, trying again')
        await pause(Math.min(LONGEST_PAUSE, 100 * 2 ** attempt))
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
