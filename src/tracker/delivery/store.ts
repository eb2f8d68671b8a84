/** Texts that outlive the page. They live as long as the page where the browser stores nothing. */
export class Store {
  readonly #storage: Storage | undefined
  readonly #memory = new Map<string, string>()

  constructor(kind: 'localStorage' | 'sessionStorage') {
    try {
      this.#storage = window[kind]
    } catch {
      // The visitor allows none.
    }
  }

  read(name: string): string | null {
    return this.#memory.get(name) ?? this.#storage?.getItem(PREFIX + name) ?? null
  }

  write(name: string, text: string): void {
    try {
      if (!this.#storage) throw 0
      this.#storage.setItem(PREFIX + name, text)
      this.#memory.delete(name)
    } catch {
      this.#memory.set(name, text)
    }
  }

  remove(name: string): void {
    this.#memory.delete(name)
    this.#storage?.removeItem(PREFIX + name)
  }

  /** The names of all texts that begin with some letters. */
  names(start: string): string[] {
    return Object.keys(this.#storage ?? {})
      .filter(name => name.startsWith(PREFIX + start))
      .map(name => name.slice(PREFIX.length))
  }
}

const PREFIX = 'glance.'
