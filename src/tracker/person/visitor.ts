import type { Store } from '../delivery/store.ts'
import { randomHex } from '../delivery/uuid.ts'
import type { Settings } from '../settings.ts'

const NAME = 'visitor'

/** Names the visitor by a random id that is stored in the browser. */
export class Visitor {
  readonly #kind: Settings['visitor']
  readonly #store: Store

  /** @param store that of the tab for `session`, else that of the browser */
  constructor(kind: Settings['visitor'], store: Store) {
    this.#kind = kind
    this.#store = store
  }

  /** Returns the id at a time; a daily one is replaced when the day in UTC is another. */
  idAt(time: number): string {
    const day = this.#kind === 'daily' ? new Date(time).toISOString().slice(0, 10) : ''
    const [id = '', since] = this.#store.read(NAME)?.split(' ') ?? []
    if (id !== '' && since === day) return id
    const fresh = randomHex()
    this.#store.write(NAME, `${fresh} ${day}`)
    return fresh
  }

  forget(): void {
    this.#store.remove(NAME)
  }
}
