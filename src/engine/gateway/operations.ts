import type pg from 'pg'
import type { Request } from './protocol/request.ts'
import { queryOnce } from './sql.ts'

/** A command that is being executed. */
export interface Operation {
  id: number
  request: Request
  /** In Unix ms. */
  startedAt: number
  /** The connection that executes its current statement. */
  connection: pg.ClientBase | undefined
}

/** The commands that are being executed. */
export class Operations {
  readonly #pool: pg.Pool
  readonly #running = new Map<number, Operation>()
  #lastId = 0

  /** @param pool for the statements that cancel others */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  /** Executes a command as an operation. */
  async run<Result>(request: Request, work: (operation: Operation) => Promise<Result>): Promise<Result> {
    const operation: Operation = { id: ++this.#lastId, request, startedAt: Date.now(), connection: undefined }
    this.#running.set(operation.id, operation)
    try {
      return await work(operation)
    } finally {
      this.#running.delete(operation.id)
    }
  }

  /** Returns the operations, in the order of their start. */
  all(): Operation[] {
    return [...this.#running.values()]
  }

  /** Cancels the current statement of an operation, which then fails. Has no effect when it has ended. */
  async kill(id: number): Promise<void> {
    const { processID } = (this.#running.get(id)?.connection ?? {}) as { processID?: number }
    if (processID !== undefined) await queryOnce(this.#pool, 'SELECT pg_cancel_backend($1)', [processID])
  }
}
