import type pg from 'pg'
import { CommandError } from '../errors/command-error.ts'
import { forgetTimeLimit, retrying } from '../sql.ts'

const IDLE_TIMEOUT_MS = 60_000
const MAX_REMEMBERED_COMMITS = 10_000
const NO_SUCH_TRANSACTION = 251

interface Transaction {
  /** The client's `txnNumber`. */
  number: bigint
  client: pg.PoolClient
  idleTimer: NodeJS.Timeout
  /** Listener for the loss of the connection. */
  onError: () => void
}

/**
 * The open transactions by session id, each on a PostgreSQL connection of its own. A transaction that is idle for a minute or loses
 * its connection is rolled back.
 */
export class Transactions {
  readonly #pool: pg.Pool
  readonly #open = new Map<string, Transaction>()
  /** The number of the last committed transaction, by session id. */
  readonly #committed = new Map<string, bigint>()

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  /** Begins a transaction. Rolls back an open transaction of the same session. */
  async begin(session: string, number: bigint): Promise<pg.PoolClient> {
    await this.abort(session)
    const client = await retrying(() => this.#pool.connect())
    try {
      await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL lock_timeout = '20ms'")
    } catch (error) {
      client.release(error as Error)
      throw error
    }
    const abort = () => void this.abort(session)
    this.#open.set(session, { number, client, idleTimer: setTimeout(abort, IDLE_TIMEOUT_MS), onError: abort })
    client.on('error', abort)
    return client
  }

  /**
   * Returns the connection of an open transaction, and restarts its idle timer.
   * @throws CommandError 251 (NoSuchTransaction) when the session has no open transaction with this number
   */
  client(session: string, number: bigint): pg.PoolClient {
    const transaction = this.#open.get(session)
    if (transaction?.number !== number) throw noSuchTransaction(number)
    transaction.idleTimer.refresh()
    return transaction.client
  }

  /**
   * Commits a transaction. Repeating the session's last commit succeeds without effect.
   * @throws CommandError 251 (NoSuchTransaction) when the session has no open transaction with this number
   */
  async commit(session: string, number: bigint): Promise<void> {
    if (this.#committed.get(session) === number) return
    this.client(session, number)
    await this.#end(session, 'COMMIT')
    this.#committed.set(session, number)
    if (this.#committed.size > MAX_REMEMBERED_COMMITS) this.#forgetOldestCommit()
  }

  /** Rolls back all open transactions. */
  async abortAll(): Promise<void> {
    for (const session of [...this.#open.keys()]) await this.abort(session)
  }

  /** Rolls back the open transaction of a session, if there is one. */
  async abort(session: string): Promise<void> {
    await this.#end(session, 'ROLLBACK')
  }

  async #end(session: string, statement: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const transaction = this.#open.get(session)
    if (!transaction) return
    const { client, idleTimer, onError } = transaction
    clearTimeout(idleTimer)
    client.off('error', onError)
    this.#open.delete(session)
    try {
      await client.query(statement)
      forgetTimeLimit(client)
      client.release()
    } catch (error) {
      client.release(error as Error)
      if (statement === 'COMMIT') throw error
    }
  }

  #forgetOldestCommit(): void {
    const oldest = this.#committed.keys().next()
    if (!oldest.done) this.#committed.delete(oldest.value)
  }
}

function noSuchTransaction(number: bigint): CommandError {
  return new CommandError(NO_SUCH_TRANSACTION, `transaction ${number} is not open`)
}
