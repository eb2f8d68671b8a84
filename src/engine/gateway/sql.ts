import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { hasLostNow } from './workarounds/concurrent-upserts.ts'

/** A parameter of a statement. */
export type Value = string | number | Buffer | null
/** A row of a result: columns in PostgreSQL's text format. */
export type Row = (string | null)[]

const MAX_CONNECTIONS = 40
const MAX_ATTEMPTS = 8
/** SQLSTATEs serialization_failure, deadlock_detected and lock_not_available: the statement had no effect and can be retried. */
const RETRYABLE_STATES = new Set(['40001', '40P01', '55P03'])
/** Codes of a refused connection: of the operating system, and SQLSTATE cannot_connect_now while the server recovers. */
const REFUSED_CONNECTION_CODES = new Set(['ECONNREFUSED', 'ENOENT', '57P03'])
/** How long a refused connection is retried: a killed server has been restarted by then. */
const RESTART_TIMEOUT_MS = 30_000

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

/** Runs a statement once, on a connection or on any connection of a pool. @throws pg.DatabaseError */
export async function query(client: pg.ClientBase | pg.Pool, text: string, values: Value[]): Promise<Row[]> {
  const result = await client.query({ text, values, rowMode: 'array' })
  return result.rows as Row[]
}

/** Runs a statement on a pool, and retries it as `retrying` does. @param timeoutMs limit of one attempt */
export function queryWithRetry(pool: pg.Pool, text: string, values: Value[], timeoutMs?: number): Promise<Row[]> {
  return retrying(() =>
    timeoutMs === undefined ? query(pool, text, values) : queryWithTimeout(pool, text, values, timeoutMs),
  )
}

/**
 * Runs work that connects and runs a statement. Retries it when it had no effect: up to 7 times, with random exponential backoff,
 * after a conflict with another transaction, and for up to 30 s while the server restarts and refuses connections.
 * @throws pg.DatabaseError of the last attempt
 */
export async function retrying<Result>(work: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + RESTART_TIMEOUT_MS
  for (let conflicts = 0; ; ) {
    try {
      return await work()
    } catch (error) {
      const { code = '', message } = error as pg.DatabaseError
      if (REFUSED_CONNECTION_CODES.has(code) && Date.now() < deadline) await pause(50)
      else if (isConflict(code, message) && ++conflicts < MAX_ATTEMPTS) await pause(Math.random() * 10 * 2 ** conflicts)
      else throw error
    }
  }
}

function isConflict(code: string, message: string): boolean {
  return RETRYABLE_STATES.has(code) || hasLostNow(message)
}

async function queryWithTimeout(pool: pg.Pool, text: string, values: Value[], timeoutMs: number): Promise<Row[]> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query(`SET statement_timeout = ${Math.max(1, Math.floor(timeoutMs))}`)
    return await query(client, text, values)
  } finally {
    await client.query('SET statement_timeout = 0').catch((error: Error) => {
      broken = error
    })
    client.release(broken)
  }
}

/** Decodes a bson or bytea column in text format: hex after the prefix `BSONHEX` or `\x`. @returns null for NULL */
export function bytesOf(text: string | null | undefined): Buffer | null {
  if (text === null || text === undefined) return null
  return Buffer.from(text.slice(text.startsWith('\\x') ? 2 : 'BSONHEX'.length), 'hex')
}
