import { randomBytes } from 'node:crypto'
import { BSON } from 'mongodb'
import type pg from 'pg'
import { type Branch, nodeOf, parseTree, serializeTree } from '../bson-tree.ts'
import { bytesOf, retrying } from '../sql.ts'
import { type Batch, BatchReader, type Rows } from './batch-reader.ts'
import type { Cursor, NextPage, Page } from './cursor.ts'
import type { CursorConnection, CursorConnections } from './cursor-connections.ts'

const FIRST_BATCH_SIZE = 101
const UNLIMITED = Number.MAX_SAFE_INTEGER

/** A query whose result is read through a PostgreSQL cursor. */
export interface HeldQuery {
  namespace: string
  /** A statement that returns documents. It has no parameters: PostgreSQL allows none in DECLARE. */
  statement: string
  batchSize: number | undefined
  /** Whether the cursor is closed after the first batch. */
  singleBatch: boolean
  timeoutMs: number | undefined
  /** Receives the connection that executes it. */
  onConnection(connection: pg.ClientBase): void
}

/** The first page of a query, and its cursor unless it is exhausted. */
export interface OpenedCursor {
  id: BSON.Long
  page: Page
  cursor: Cursor | undefined
}

/**
 * Runs a query and holds its result in PostgreSQL, which returns it in order.
 *
 * Workaround: when the next document does not fit into a batch, DocumentDB's own cursors fill the batch with smaller documents from
 * further on, so that sorted results over 16 MiB come out of order.
 */
export async function openHeldCursor(connections: CursorConnections, query: HeldQuery): Promise<OpenedCursor> {
  const connection = await retrying(() => connections.acquire())
  const { client, exclusive } = connection
  const id = newCursorId()
  const name = nameOf(id)
  const reader = new BatchReader(rowsOf(name, text => client.query({ text, rowMode: 'array' })))
  const timeout = query.timeoutMs === undefined ? '' : `SET LOCAL statement_timeout = ${Math.ceil(query.timeoutMs)};`
  try {
    const batch = await exclusive(() =>
      retrying(async () => {
        query.onConnection(client)
        try {
          await client.query(`BEGIN; ${timeout} DECLARE ${name} NO SCROLL CURSOR WITH HOLD FOR ${query.statement}`)
          const first = await reader.next(query.batchSize ?? FIRST_BATCH_SIZE)
          await client.query(isDone(first, query) ? 'ROLLBACK' : 'COMMIT')
          return first
        } catch (error) {
          await client.query('ROLLBACK').catch(() => undefined)
          throw error
        }
      }),
    )
    if (isDone(batch, query)) {
      connection.users--
      return { id, page: pageOf('firstBatch', batch, BSON.Long.ZERO, query.namespace), cursor: undefined }
    }
    const cursor = new HeldCursor(id, query.namespace, reader, connection)
    return { id, page: pageOf('firstBatch', batch, id, query.namespace), cursor }
  } catch (error) {
    connection.users--
    throw error
  }
}

/** A cursor whose result is held in a session of PostgreSQL. */
class HeldCursor implements Cursor {
  readonly namespace: string
  readonly #id: BSON.Long
  readonly #reader: BatchReader
  readonly #connection: CursorConnection
  #isClosed = false

  constructor(id: BSON.Long, namespace: string, reader: BatchReader, connection: CursorConnection) {
    this.namespace = namespace
    this.#id = id
    this.#reader = reader
    this.#connection = connection
  }

  async next({ batchSize = UNLIMITED, onConnection }: NextPage): Promise<Page> {
    const { client, exclusive } = this.#connection
    const batch = await exclusive(() => {
      onConnection(client)
      return this.#reader.next(batchSize)
    })
    if (batch.isLast) await this.close()
    return pageOf('nextBatch', batch, batch.isLast ? BSON.Long.ZERO : this.#id, this.namespace)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#connection.users--
    const { client, exclusive } = this.#connection
    await exclusive(() => client.query(`CLOSE ${nameOf(this.#id)}`)).catch(() => undefined)
  }
}

/** Runs a query in a transaction; its cursor ends with the transaction. @param run runs a statement in the transaction */
export async function openTransactionCursor(
  run: (text: string) => Promise<(string | null)[][]>,
  query: HeldQuery,
): Promise<OpenedCursor> {
  const id = newCursorId()
  const name = nameOf(id)
  await run(`DECLARE ${name} NO SCROLL CURSOR FOR ${query.statement}`)
  const reader = new BatchReader(rowsOf(name, async text => ({ rows: await run(text) })))
  const batch = await reader.next(query.batchSize ?? FIRST_BATCH_SIZE)
  if (isDone(batch, query)) {
    await run(`CLOSE ${name}`)
    return { id, page: pageOf('firstBatch', batch, BSON.Long.ZERO, query.namespace), cursor: undefined }
  }
  const cursor = transactionCursor(id, reader, query.namespace)
  return { id, page: pageOf('firstBatch', batch, id, query.namespace), cursor }
}

/** Whether the first batch is all that the client gets. */
function isDone({ isLast }: Batch, { singleBatch }: HeldQuery): boolean {
  return isLast || singleBatch
}

function transactionCursor(id: BSON.Long, reader: BatchReader, namespace: string): Cursor {
  return {
    namespace,
    async next({ batchSize = UNLIMITED }) {
      const batch = await reader.next(batchSize)
      return pageOf('nextBatch', batch, batch.isLast ? BSON.Long.ZERO : id, namespace)
    },
    // It is closed with the transaction.
    close: async () => undefined,
  }
}

function rowsOf(name: string, query: (text: string) => Promise<{ rows: (string | null)[][] }>): Rows {
  return {
    async fetch(count) {
      const { rows } = await query(`FETCH ${count} FROM ${name}`)
      return rows.map(([text]) => bytesOf(text) ?? Buffer.alloc(0))
    },
  }
}

function pageOf(field: 'firstBatch' | 'nextBatch', { documents, isLast }: Batch, id: BSON.Long, ns: string): Page {
  const reply = nodeOf({ cursor: { [field]: documents.map(parseTree), id, ns }, ok: new BSON.Double(1) })
  return { reply: serializeTree(reply as Branch), isLast }
}

function newCursorId(): BSON.Long {
  return BSON.Long.fromBigInt((randomBytes(8).readBigUInt64BE() >> 1n) | 1n)
}

function nameOf(id: BSON.Long): string {
  return `cursor_${id}`
}
