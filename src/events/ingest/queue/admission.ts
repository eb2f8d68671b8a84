import type { Entry } from '../flush.ts'
import type { Load } from './event-queue.ts'

/** How many events may wait, by what the database can store; it changes with each flush. */
interface Capacity {
  readonly capacity: number
}

/**
 * Decides which entries may enter the queue: within its fixed limits, only what can be stored in time. Streams, which wait for
 * room, leave half of it to others.
 */
export class Admission {
  readonly #limits: Load
  readonly #window: Capacity
  /** What is queued or being flushed; `streamed` counts the events of streams among them. */
  readonly #held = { events: 0, bytes: 0, streamed: 0 }

  constructor(limits: Load, window: Capacity) {
    this.#limits = limits
    this.#window = window
  }

  /** What is queued or being flushed. */
  get held(): Load {
    return this.#held
  }

  /** Whether the events of a request may enter. An empty queue takes any request, or its estimate could never improve. */
  hasRoom(load: Load): boolean {
    const { capacity } = this.#window
    const { events, streamed } = this.#held
    const fits = events + load.events <= capacity || events - streamed + load.events <= capacity / 2
    return this.#isWithinLimits(load) && (events === 0 || fits)
  }

  /** Whether a batch of a stream may enter. One batch at least may, however small the capacity is. */
  hasRoomForStream(load: Load): boolean {
    const { streamed } = this.#held
    const share = Math.min(this.#window.capacity, this.#limits.events) / 2
    return this.#isWithinLimits(load) && (streamed === 0 || streamed + load.events <= share)
  }

  /** Whether the queue could take the load when it is empty. */
  canEverHold({ events, bytes }: Load): boolean {
    return events <= this.#limits.events && bytes <= this.#limits.bytes
  }

  enter(entries: Entry[], streamed: boolean): void {
    this.#count(entries, streamed, 1)
  }

  leave(entries: Entry[], streamed: boolean): void {
    this.#count(entries, streamed, -1)
  }

  #isWithinLimits({ events, bytes }: Load): boolean {
    return this.canEverHold({ events: this.#held.events + events, bytes: this.#held.bytes + bytes })
  }

  #count(entries: Entry[], streamed: boolean, sign: 1 | -1): void {
    const { events, bytes } = loadOf(entries)
    this.#held.events += sign * events
    this.#held.bytes += sign * bytes
    if (streamed) this.#held.streamed += sign * events
  }
}

export function loadOf(entries: Entry[]): Load {
  return { events: entries.length, bytes: entries.reduce((sum, entry) => sum + entry.bytes, 0) }
}
