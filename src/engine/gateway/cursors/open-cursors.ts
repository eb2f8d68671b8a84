import { CommandError } from '../errors/command-error.ts'
import type { Cursor } from './cursor.ts'

const MAX_CURSORS = 10_000
const IDLE_TIMEOUT_MS = 10 * 60_000
const UNAUTHORIZED = 13
const CURSOR_NOT_FOUND = 43
const QUERY_PLAN_KILLED = 175
const CURSOR_OF_TRANSACTION = 50740

interface OpenCursor {
  cursor: Cursor
  /** The transaction that the cursor belongs to, as `session:number`. */
  transaction: string | undefined
  /** Time of the last use, in Unix ms. */
  usedAt: number
  /** Whether its collection was dropped. */
  isKilled: boolean
}

/** The open cursors of all clients. Those not used for 10 minutes, and the least recently used of more than 10,000, are closed. */
export class OpenCursors {
  readonly #open = new Map<string, OpenCursor>()

  /** Adds a cursor. @param transaction the transaction that it belongs to, as `session:number` */
  add(id: string, cursor: Cursor, transaction: string | undefined): void {
    this.#open.set(id, { cursor, transaction, usedAt: Date.now(), isKilled: false })
  }

  /**
   * Returns a cursor for a getMore.
   * @throws CommandError 43 (CursorNotFound); 13 (Unauthorized) when the cursor belongs to another collection; 175 (QueryPlanKilled)
   *   when its collection was dropped; 50740 when it belongs to a transaction that is not the command's
   */
  use(id: string, namespace: string, transaction: string | undefined): Cursor {
    const open = this.#open.get(id)
    if (!open) throw new CommandError(CURSOR_NOT_FOUND, `cursor id ${id} not found`)
    const { cursor } = open
    if (cursor.namespace !== namespace) {
      throw new CommandError(UNAUTHORIZED, `cursor id ${id} belongs to ${cursor.namespace}, not to ${namespace}`)
    }
    if (open.isKilled) {
      this.#open.delete(id)
      throw new CommandError(QUERY_PLAN_KILLED, `the collection ${namespace} was dropped`)
    }
    if (open.transaction !== undefined && open.transaction !== transaction) {
      throw new CommandError(CURSOR_OF_TRANSACTION, `cursor id ${id} was created in a transaction`)
    }
    // The map is in the order of the last use.
    this.#open.delete(id)
    this.#open.set(id, { ...open, usedAt: Date.now() })
    return cursor
  }

  /** Removes a cursor and frees its resources. @returns whether it was open */
  async close(id: string): Promise<boolean> {
    const open = this.#open.get(id)
    this.#open.delete(id)
    await open?.cursor.close()
    return open !== undefined
  }

  /** Kills the cursors of a collection, or with a namespace that ends with a period those of a database. */
  async kill(namespace: string): Promise<void> {
    for (const open of this.#open.values()) {
      const { cursor } = open
      if (cursor.namespace !== namespace && !(namespace.endsWith('.') && cursor.namespace.startsWith(namespace)))
        continue
      open.isKilled = true
      await cursor.close()
    }
  }

  /** Closes idle and surplus cursors. */
  async closeExpired(): Promise<void> {
    const oldest = Date.now() - IDLE_TIMEOUT_MS
    for (const [id, { usedAt }] of this.#open) {
      if (usedAt >= oldest && this.#open.size <= MAX_CURSORS) return
      await this.close(id)
    }
  }
}
