import { LRUCache } from 'lru-cache'

const TTL_MS = 10_000
const MAX_ENTRIES = 100_000

/** Caches documents by id for ten seconds, so that a flush queries the database only for new ids. */
export class LookupCache<Found extends object> {
  readonly #find: (ids: string[]) => Promise<Map<string, Found>>
  // Each has the size 1: `max` would take the room of all entries at once, five arrays of 100,000.
  readonly #entries = new LRUCache<string, Found>({ maxSize: MAX_ENTRIES, sizeCalculation: () => 1, ttl: TTL_MS })

  constructor(find: (ids: string[]) => Promise<Map<string, Found>>) {
    this.#find = find
  }

  /** Returns what is known of each id. Unknown ids are left out, and looked up again the next time. */
  async lookUp(ids: Iterable<string>): Promise<Map<string, Found>> {
    const result = new Map<string, Found>()
    const missing = new Set<string>()
    for (const id of ids) {
      const found = this.#entries.get(id)
      if (found) result.set(id, found)
      else missing.add(id)
    }
    if (missing.size > 0) {
      for (const [id, found] of await this.#find([...missing])) {
        result.set(id, found)
        this.#entries.set(id, found)
      }
    }
    return result
  }
}
