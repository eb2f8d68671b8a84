import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { CREATION_CONFLICT } from './errors/error-codes.ts'
import { hasLostNow } from './workarounds/concurrent-upserts.ts'

/** A parameter of a statement. */
export type Value = string | number | Buffer | null
/** A row of a result: columns in PostgreSQL's text format. */
export type Row = (string | null)[]

const MAX_CONNECTIONS = 40
/** How long statements are retried: conflicts have ended and a killed server has been restarted by then. */
const RETRY_TIMEOUT_MS = 30_000
const MAX_PAUSE_MS = 500
/** SQLSTATEs serialization_failure, deadlock_detected and lock_not_available: the statement had no effect and can be retried. */
const RETRYABLE_STATES = new Set(['40001', '40P01', '55P03'])
/** Codes of a refused connection: of the operating system, and SQLSTATE cannot_connect_now while the server recovers. */
const REFUSED_CONNECTION_CODES = new Set(['ECONNREFUSED', 'ENOENT', '57P03'])
/** Where to connect to PostgreSQL, and as which user. */
export interface PostgresAddress {
  /** A host name, or the folder of a Unix domain socket. */
  host: string
  port: number
  user: string
  database: string
}

/** A PostgreSQL server that executes the commands. */
export interface PostgresServer {
  address: PostgresAddress
  /** Whether the server accepts connections: false from its exit until it has been restarted. */
  isUp(): boolean
}

/** Returns columns as text, since the driver can not read binary results. */
export const TEXT_COLUMNS = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig

/** Creates a connection pool. */
export function createPool(address: PostgresAddress): pg.Pool {
  const pool = new pg.Pool({
    ...address,
    max: MAX_CONNECTIONS,
    idleTimeoutMillis: 0,
    types: TEXT_COLUMNS,
  })
  // The statement that runs on a broken connection fails by itself, and the pool replaces the connection.
  pool.on('error', () => undefined).on('connect', client => client.on('error', () => undefined))
  return pool
}

/** Runs a statement on a connection. @throws pg.DatabaseError */
export async function query(client: pg.ClientBase, text: string, values: Value[]): Promise<Row[]> {
  const result = await client.query({ text, values, rowMode: 'array' })
  return result.rows as Row[]
}

interface StatementOptions {
  /** Limit of one attempt. */
  timeoutMs?: number | undefined
  /** Receives the connection of each attempt. */
  onConnection?: (connection: pg.ClientBase) => void
}

/**
 * Runs a statement on a connection of a pool, once. The connection is closed when the statement fails.
 * @param send sends the statement
 * @throws pg.DatabaseError
 */
export async function onceOnPool<Result>(
  pool: pg.Pool,
  send: (client: pg.ClientBase) => Promise<Result>,
  { timeoutMs, onConnection }: StatementOptions = {},
): Promise<Result> {
  const client = await pool.connect()
  try {
    onConnection?.(client)
    await setTimeLimit(client, timeoutMs)
    const result = await send(client)
    client.release()
    return result
  } catch (error) {
    client.release(error as Error)
    throw error
  }
}

/** Runs a statement as `onceOnPool` does, and returns its rows. @throws pg.DatabaseError */
export function queryOnce(pool: pg.Pool, text: string, values: Value[] = []): Promise<Row[]> {
  return onceOnPool(pool, client => query(client, text, values))
}

/**
 * Runs work that connects and runs a statement. Retries it for up to 30 s, with random exponential backoff, when it had no effect: it
 * conflicted with another transaction, or the server restarts and refuses connections.
 * @throws pg.DatabaseError of the last attempt
 */
export async function retrying<Result>(work: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + RETRY_TIMEOUT_MS
  for (let maxPause = 20; ; maxPause = Math.min(2 * maxPause, MAX_PAUSE_MS)) {
    try {
      return await work()
    } catch (error) {
      if (!hadNoEffect(error as pg.DatabaseError) || Date.now() > deadline) throw error
      await pause(Math.random() * maxPause)
    }
  }
}

function hadNoEffect({ code = '', message }: pg.DatabaseError): boolean {
  if (RETRYABLE_STATES.has(code) || REFUSED_CONNECTION_CODES.has(code)) return true
  return CREATION_CONFLICT.test(message) || hasLostNow(message)
}

/** The time limits of connections in ms, where they are not 0 (none). */
const timeLimits = new WeakMap<pg.ClientBase, number>()

/**
 * Sets the time limit of a connection, unless it has it already. The connection must be closed or rolled back when it fails.
 * @param timeoutMs limit of each further statement; undefined for none
 * @throws pg.DatabaseError
 */
export async function setTimeLimit(client: pg.ClientBase, timeoutMs = 0): Promise<void> {
  const limit = Math.ceil(timeoutMs)
  if (limit === (timeLimits.get(client) ?? 0)) return
  await client.query(`SET statement_timeout = ${limit}`)
  timeLimits.set(client, limit)
}

/** Must be called after a rollback, which may have restored an earlier time limit of the connection. */
export function forgetTimeLimit(client: pg.ClientBase): void {
  timeLimits.set(client, Number.NaN)
}

/** Decodes a bson or bytea column in text format: hex after the prefix `BSONHEX` or `\x`. @returns null for NULL */
export function bytesOf(text: string | null | undefined): Buffer | null {
  if (text === null || text === undefined) return null
  return Buffer.from(text.slice(text.startsWith('\\x') ? 2 : 'BSONHEX'.length), 'hex')
}

/** Returns bytes as a literal of SQL. */
export function bytesLiteral(bytes: Buffer): string {
  return `'\\x${bytes.toString('hex')}'::bytea`
}
