import type pg from 'pg'
import { CommandError } from './errors/command-error.ts'

const IDLE = 60_000
const NO_SUCH_TRANSACTION = 251

interface Transaction {
  number: bigint
  client: pg.PoolClient
  idle: NodeJS.Timeout
  /** Hears that its connection is lost. */
  lost: () => void
}

/** The open transactions, each on a connection of its own, by the session that began it. */
export class Transactions {
  readonly #pool: pg.Pool
  readonly #open = new Map<string, Transaction>()
  readonly #committed = new Map<string, bigint>()

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  /** Begins a transaction; one that the session left open is rolled back. */
  async begin(session: string, number: bigint): Promise<pg.PoolClient> {
    await this.abort(session)
    const client = await this.#pool.connect()
    try {
      await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL lock_timeout = '20ms'")
    } catch (error) {
      client.release(error as Error)
      throw error
    }
    const end = () => void this.abort(session)
    this.#open.set(session, { number, client, idle: setTimeout(end, IDLE), lost: end })
    client.on('error', end)
    return client
  }

  /**
   * The connection of an open transaction.
   * @throws CommandError 251 when there is none of that number
   */
  client(session: string, number: bigint): pg.PoolClient {
    const transaction = this.#open.get(session)
    if (transaction?.number !== number) throw noSuch(number)
    transaction.idle.refresh()
    return transaction.client
  }

  /** Commits; asked again about the last one it answers the same. */
  async commit(session: string, number: bigint): Promise<void> {
    if (this.#committed.get(session) === number) return
    this.client(session, number)
    await this.#end(session, 'COMMIT')
    this.#committed.set(session, number)
    if (this.#committed.size > 10_000) this.#forgetOldest()
  }

  /** Rolls back what the session has open, if anything. */
  async abort(session: string): Promise<void> {
    await this.#end(session, 'ROLLBACK')
  }

  async #end(session: string, statement: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const transaction = this.#open.get(session)
    if (!transaction) return
    const { client, idle, lost } = transaction
    clearTimeout(idle)
    client.off('error', lost)
    this.#open.delete(session)
    try {
      await client.query(statement)
      client.release()
    } catch (error) {
      client.release(error as Error)
      if (statement === 'COMMIT') throw error
    }
  }

  #forgetOldest(): void {
    const oldest = this.#committed.keys().next()
    if (!oldest.done) this.#committed.delete(oldest.value)
  }
}

function noSuch(number: bigint): CommandError {
  return new CommandError(NO_SUCH_TRANSACTION, `transaction ${number} is not open`)
}
