const TTL_MS = 60_000
const MAX_ENTRIES = 100_000

/** Caches documents by id for a minute, so that a flush queries the database only for new ids. */
export class LookupCache<Found> {
  readonly #find: (ids: string[]) => Promise<Map<string, Found>>
  readonly #entries = new Map<string, { found: Found; until: number }>()

  constructor(find: (ids: string[]) => Promise<Map<string, Found>>) {
    this.#find = find
  }

  /** Returns what is known of each id. Unknown ids are left out, and looked up again the next time. */
  async lookUp(ids: Iterable<string>): Promise<Map<string, Found>> {
    const now = performance.now()
    const result = new Map<string, Found>()
    const missing = new Set<string>()
    for (const id of ids) {
      const entry = this.#entries.get(id)
      if (entry && entry.until > now) result.set(id, entry.found)
      else missing.add(id)
    }
    if (missing.size > 0) {
      for (const [id, found] of await this.#find([...missing])) {
        result.set(id, found)
        this.#store(id, { found, until: now + TTL_MS })
      }
    }
    return result
  }

  #store(id: string, entry: { found: Found; until: number }): void {
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    if (this.#entries.size <= MAX_ENTRIES) return
    const oldest = this.#entries.keys().next()
    if (!oldest.done) this.#entries.delete(oldest.value)
  }
}
