import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { lacksNow } from './masks/upserts-without-now.ts'

export type Value = string | number | Buffer | null
export type Row = (string | null)[]

const CONNECTIONS = 40
const TRIES = 8
/** Serialization failure, deadlock, lock not available: the statement had no effect and can be sent again. */
const AGAIN = new Set(['40001', '40P01', '55P03'])

export interface PostgresAddress {
  /** An address, or the folder of a unix socket. */
  host: string
  port: number
  user: string
  database: string
}

/** The server that commands go to. */
export interface PostgresServer {
  address: PostgresAddress
  /** False from when the server has ended until it answers again. */
  isUp(): boolean
}

/** A pool whose rows are arrays of text: the driver can not read binary results. */
export function createPool(address: PostgresAddress): pg.Pool {
  const pool = new pg.Pool({
    ...address,
    max: CONNECTIONS,
    idleTimeoutMillis: 0,
    types: { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig,
  })
  // A connection that breaks fails what is under way on it, and the pool replaces it: nobody else needs to hear of it.
  pool.on('error', () => undefined).on('connect', client => client.on('error', () => undefined))
  return pool
}

/** Runs one statement on a connection. */
export async function query(client: pg.ClientBase | pg.Pool, text: string, values: Value[]): Promise<Row[]> {
  const result = await client.query({ text, values, rowMode: 'array' })
  return result.rows as Row[]
}

/** Runs one statement on the pool, again when others were in its way, and no longer than `timeout` ms. */
export async function queryPatiently(pool: pg.Pool, text: string, values: Value[], timeout?: number): Promise<Row[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return timeout === undefined ? await query(pool, text, values) : await queryWithin(pool, text, values, timeout)
    } catch (error) {
      if (!hadNoEffect(error as pg.DatabaseError) || attempt === TRIES) throw error
      await pause(Math.random() * 10 * 2 ** attempt)
    }
  }
}

function hadNoEffect({ code = '', message }: pg.DatabaseError): boolean {
  return AGAIN.has(code) || lacksNow(message)
}

async function queryWithin(pool: pg.Pool, text: string, values: Value[], timeout: number): Promise<Row[]> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query(`SET statement_timeout = ${Math.max(1, Math.floor(timeout))}`)
    return await query(client, text, values)
  } finally {
    await client.query('SET statement_timeout = 0').catch((error: Error) => {
      broken = error
    })
    client.release(broken)
  }
}

/** The bytes of a bson or bytea column: both come as hex behind a prefix. */
export function bytesOf(text: string | null | undefined): Buffer | null {
  if (text === null || text === undefined) return null
  return Buffer.from(text.slice(text.startsWith('\\x') ? 2 : 'BSONHEX'.length), 'hex')
}
