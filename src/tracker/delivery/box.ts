import { type Entry, recent, withEntries, without } from './outbox.ts'
import type { Store } from './store.ts'
import { randomHex } from './uuid.ts'

const BOX = 'box.'
/** What a browser that crashes loses. */
const SAVE_MS = 200

/**
 * The events of this page that are not acknowledged yet, also stored. The box of a page that is gone is taken over by the next one; two
 * pages that take the same one send the same ids.
 */
export class Box {
  readonly #store: Store
  readonly #name = BOX + randomHex()
  #timer: number | undefined
  #release: (() => void) | undefined
  entries: Entry[] = []

  constructor(store: Store) {
    this.#store = store
  }

  add(entries: Entry[]): void {
    this.entries = withEntries(this.entries, entries)
    this.#timer ??= setTimeout(() => this.save(), SAVE_MS)
  }

  remove(entries: Entry[]): void {
    this.entries = without(this.entries, entries)
    this.save()
  }

  save(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.entries.length > 0) this.#store.write(this.#name, JSON.stringify(this.entries))
    else this.#store.remove(this.#name)
  }

  /** Says that this page is there. A page that is left says so no more: a browser keeps none that holds a lock. */
  hold(): void {
    navigator.locks
      ?.request(
        this.#name,
        () =>
          new Promise<void>(resolve => {
            this.#release = resolve
          }),
      )
      .catch(() => undefined)
  }

  release(): void {
    this.#release?.()
  }

  /** Takes over the boxes of pages that are gone. @param clocks the time of the service and of the device, in Unix ms */
  async adopt(clocks: { service: number; device: number }): Promise<void> {
    for (const name of this.#store.names(BOX)) {
      const take = () => this.#take(name, clocks)
      if (name === this.#name) continue
      await (navigator.locks ? navigator.locks.request(name, { ifAvailable: true }, lock => lock && take()) : take())
    }
  }

  /** Removes all boxes. */
  empty(): void {
    this.entries = []
    this.save()
    for (const name of this.#store.names(BOX)) this.#store.remove(name)
  }

  /** Stores the events here before they are removed there, so that a page that dies meanwhile loses none. */
  #take(name: string, clocks: { service: number; device: number }): void {
    try {
      const entries: Entry[] = JSON.parse(this.#store.read(name) ?? '[]')
      this.entries = withEntries(recent(entries, clocks), without(this.entries, entries))
      this.save()
    } catch {
      // What is not ours is dropped.
    }
    this.#store.remove(name)
  }
}
