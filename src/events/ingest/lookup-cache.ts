/** How long an answer is remembered, in ms, and how many are. */
const REMEMBER = 60_000
const MOST = 100_000

/** Remembers what was found under an id for a minute, so that a flush asks the database only for what is new to it. */
export class LookupCache<Found> {
  readonly #find: (ids: string[]) => Promise<Map<string, Found>>
  readonly #entries = new Map<string, { found: Found; until: number }>()

  constructor(find: (ids: string[]) => Promise<Map<string, Found>>) {
    this.#find = find
  }

  /** What stands under each id; ids that nothing stands under are left out, and asked for again the next time. */
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
        this.#remember(id, { found, until: now + REMEMBER })
      }
    }
    return result
  }

  #remember(id: string, entry: { found: Found; until: number }): void {
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    if (this.#entries.size <= MOST) return
    const oldest = this.#entries.keys().next()
    if (!oldest.done) this.#entries.delete(oldest.value)
  }
}
