import type { Day } from './day.ts'
import { put, type Store } from './store/store.ts'

const REVISIONS = 'revisions.json'

/**
 * The revision that the site's roll-up of each day had when the day was archived: it changes with every change of the log of that day. Not
 * a part of the manifest, since a roll-up that is made again has another revision. Without the file all days are read again.
 */
export class Revisions {
  readonly #store: Store
  readonly #byDay: Map<Day, string>

  private constructor(store: Store, byDay: Record<Day, string>) {
    this.#store = store
    this.#byDay = new Map(Object.entries(byDay))
  }

  static async read(store: Store): Promise<Revisions> {
    const bytes = await store.read(REVISIONS)
    return new Revisions(store, bytes ? JSON.parse(bytes.toString()) : {})
  }

  of(day: Day): string | undefined {
    return this.#byDay.get(day)
  }

  async set(day: Day, revision: string): Promise<void> {
    this.#byDay.set(day, revision)
    const sorted = Object.fromEntries([...this.#byDay].sort(([a], [b]) => (a < b ? -1 : 1)))
    await put(this.#store, REVISIONS, Buffer.from(`${JSON.stringify(sorted, null, 2)}\n`))
  }
}
