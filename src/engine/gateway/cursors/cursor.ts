import type pg from 'pg'
import type { BinaryRow } from '../copy.ts'

/** A getMore. */
export interface NextPage {
  db: string
  /** The command's document. */
  raw: Buffer
  /** Maximum number of documents; undefined for as many as fit into a reply. */
  batchSize: number | undefined
  /** Runs a query, within the command's transaction if it has one, and returns its rows in binary format. */
  copy(text: string): Promise<BinaryRow[]>
  /** Must be called with each connection that executes statements otherwise. */
  onConnection(connection: pg.ClientBase): void
}

/** The reply to a query or getMore. */
export interface Page {
  reply: Buffer
  /** Whether the cursor is exhausted. */
  isLast: boolean
}

/** An open cursor of a client. */
export interface Cursor {
  /** `database.collection`; getMore must name the same. */
  readonly namespace: string
  next(request: NextPage): Promise<Page>
  /** Frees the resources in the database. Idempotent. */
  close(): Promise<void>
}
