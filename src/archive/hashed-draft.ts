import { createHash } from 'node:crypto'
import type { StoredFile } from './store/fault.ts'
import type { Draft, Store } from './store/store.ts'

/** A draft that knows its size and its SHA-256. */
export class HashedDraft {
  readonly path: string
  readonly #draft: Draft
  readonly #hash = createHash('sha256')
  #bytes = 0

  private constructor(path: string, draft: Draft) {
    this.path = path
    this.#draft = draft
  }

  static async create(store: Store, path: string): Promise<HashedDraft> {
    return new HashedDraft(path, await store.create(path))
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes)
    this.#bytes += bytes.length
    await this.#draft.write(bytes)
  }

  /** Returns what was written; nothing may be written afterwards. */
  end(): StoredFile {
    return { path: this.path, bytes: this.#bytes, sha256: this.#hash.digest('hex') }
  }

  commit(): Promise<void> {
    return this.#draft.commit()
  }

  discard(): Promise<void> {
    return this.#draft.discard()
  }
}

/** Returns what a small file will be. */
export function stored(path: string, bytes: Uint8Array): StoredFile {
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}
