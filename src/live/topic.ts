import { type EventStream, eventBytes } from '../http/answers/event-stream.ts'
import type { Rollup } from '../rollups/rollup.ts'
import { mergePatch } from './merge-patch.ts'
import { type Numbers, numbersOf, type Sources } from './numbers.ts'
import type { Known } from './read-changed.ts'

/** A client that knows an older state gets what has changed since; others get a snapshot, which is not much longer. */
const MAX_KEPT = 16

/** Somebody who follows a topic. */
export interface Listener {
  stream: EventStream
  /** The last event that was sent, or that an earlier connection got. */
  lastEventId: string | undefined
}

/** The numbers of an image or of the site, their last states, and who follows them. */
export class Topic {
  readonly imageId: string
  readonly #listeners = new Set<Listener>()
  #sources: Sources = {}
  /** The newest one is the last. */
  #states: Numbers[] = []
  /** The events that lead to the newest state, by the id of the state before: many listeners get the same bytes. */
  #events = new Map<string | undefined, Buffer>()
  /** Whether the newest state is that of the last read, which is not so when nobody was listening. */
  #isCurrent = false

  constructor(imageId: string) {
    this.imageId = imageId
  }

  /** How many listen. */
  get size(): number {
    return this.#listeners.size
  }

  get listeners(): Iterable<Listener> {
    return this.#listeners
  }

  /** Adds a listener, which gets the numbers when they are known. */
  join(listener: Listener): void {
    this.#listeners.add(listener)
    listener.stream.onDrain(() => this.#bringUpToDate(listener))
    if (this.#isCurrent) this.#bringUpToDate(listener)
  }

  /** Removes a listener. After the last one, the numbers are kept, but not read again. */
  leave(listener: Listener): void {
    this.#listeners.delete(listener)
    if (this.size === 0) this.#isCurrent = false
  }

  /** What is known, for the next read. */
  known(): Known {
    const { total, current } = this.#sources
    return { imageId: this.imageId, revisions: [total, current].flatMap(rollup => rollup?.rev ?? []) }
  }

  /** Takes the roll-ups that a read has found to be changed, if any, and sends what has changed to all listeners. */
  update(changed: Rollup[]): void {
    if (this.size === 0) return
    for (const rollup of changed) this.#sources[rollup._id.grain === 'current' ? 'current' : 'total'] = rollup
    const isNew = (changed.length > 0 || this.#states.length === 0) && this.#addState()
    if (this.#isCurrent && !isNew) return
    this.#isCurrent = true
    for (const listener of this.#listeners) this.#bringUpToDate(listener)
  }

  /** @returns whether a number has changed; roll-ups are also written with the same ones */
  #addState(): boolean {
    const state = numbersOf(this.imageId, this.#sources)
    const newest = this.#states.at(-1)
    if (newest && !mergePatch(newest.values, state.values)) return false
    this.#states = [...this.#states, state].slice(-MAX_KEPT)
    this.#events.clear()
    return true
  }

  /** Sends what a listener does not know yet. One that has not taken the events before gets it later, all at once. */
  #bringUpToDate(listener: Listener): void {
    const newest = this.#states.at(-1)
    if (!this.#isCurrent || !newest || listener.lastEventId === newest.id) return
    if (listener.stream.send(this.#eventSince(listener.lastEventId, newest))) listener.lastEventId = newest.id
  }

  #eventSince(id: string | undefined, newest: Numbers): Buffer {
    const before = this.#states.find(state => state.id === id)
    const key = before?.id
    const event = this.#events.get(key) ?? eventOf(before, newest)
    this.#events.set(key, event)
    return event
  }
}

function eventOf(before: Numbers | undefined, { id, values, asOf }: Numbers): Buffer {
  const time = asOf === undefined ? {} : { asOf }
  if (!before) return eventBytes(id, 'snapshot', { ...time, ...values })
  return eventBytes(id, 'change', { ...time, ...mergePatch(before.values, values) })
}
