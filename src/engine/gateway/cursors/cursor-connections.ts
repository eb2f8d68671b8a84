import pLimit, { type LimitFunction } from 'p-limit'
import pg from 'pg'
import { type PostgresAddress, TEXT_COLUMNS } from '../sql.ts'

const MAX_CONNECTIONS = 20

/** A PostgreSQL session that holds cursors. Its statements run one at a time. */
export interface CursorConnection {
  client: pg.Client
  /** Rejects when the server can not be reached. */
  connected: Promise<unknown>
  /** Runs work exclusively. */
  exclusive: LimitFunction
  /** Number of open cursors and running queries. */
  users: number
}

/** The sessions in which results of clients' cursors are held. A session can hold many of them. */
export class CursorConnections {
  readonly #address: PostgresAddress
  readonly #connections = new Set<CursorConnection>()

  constructor(address: PostgresAddress) {
    this.#address = address
  }

  /** Returns an unused session, a new one, or the one with the fewest users. The caller decrements `users` afterwards. */
  async acquire(): Promise<CursorConnection> {
    const sorted = [...this.#connections].sort((a, b) => a.users - b.users)
    const [least] = sorted
    const connection = least && (least.users === 0 || sorted.length >= MAX_CONNECTIONS) ? least : this.#create()
    connection.users++
    await connection.connected
    return connection
  }

  /** Closes all sessions. */
  async close(): Promise<void> {
    for (const { client } of this.#connections) await client.end().catch(() => undefined)
    this.#connections.clear()
  }

  #create(): CursorConnection {
    const client = new pg.Client({ ...this.#address, types: TEXT_COLUMNS })
    const connection = { client, connected: client.connect(), exclusive: pLimit(1), users: 0 }
    this.#connections.add(connection)
    const forget = () => void this.#connections.delete(connection)
    // A lost connection emits several errors; one without a listener would end the process.
    client.on('error', forget).once('end', forget)
    connection.connected.catch(forget)
    return connection
  }
}
