import { BSON } from 'mongodb'
import type pg from 'pg'
import { itemsOf, type Request } from '../protocol/request.ts'
import { query } from '../sql.ts'
import { CommandError } from './command-error.ts'
import { unpackCode } from './error-codes.ts'

const DUPLICATE_KEY = 11000

/**
 * Converts DocumentDB's reply to a write into MongoDB's: unpacks the error codes, and adds `keyPattern` and `keyValue` to duplicate
 * key errors.
 */
export async function writeReply(bytes: Buffer, request: Request, pool: pg.Pool): Promise<BSON.Document> {
  const reply = BSON.deserialize(bytes)
  if (!reply.writeErrors?.length) return reply
  const items = itemsOf(request)
  reply.writeErrors = await Promise.all(
    reply.writeErrors.map(async (error: BSON.Document) => {
      const code = unpackCode(Number(error.code))
      const key = code === DUPLICATE_KEY ? await keyOf(error.errmsg, items[Number(error.index)], request, pool) : {}
      return { index: Number(error.index), code, errmsg: String(error.errmsg), ...key }
    }),
  )
  return reply
}

/**
 * Converts the error of a `findAndModify` statement into a duplicate key error with `keyPattern`, if it is unique_violation,
 * exclusion_violation, or DocumentDB's SQLSTATE of duplicate keys; returns any other error unchanged.
 */
export async function duplicateKeyError(error: unknown, request: Request, pool: pg.Pool): Promise<unknown> {
  const { code, message = '' } = error as { code?: string; message?: string }
  if (code !== '23505' && code !== '23P01' && code !== 'M001C') return error
  const { keyPattern } = await keyOf(message, undefined, request, pool)
  return new CommandError(DUPLICATE_KEY, message, keyPattern ? { keyPattern } : {})
}

/** The key patterns of indexes by `database.collection.index`. */
const keyPatterns = new Map<string, BSON.Document>()

/** Returns the key of a duplicate key error. DocumentDB reports only the index name; its catalogue contains the pattern. */
async function keyOf(
  message: string,
  item: BSON.Document | undefined,
  request: Request,
  pool: pg.Pool,
): Promise<{ keyPattern?: BSON.Document; keyValue?: BSON.Document }> {
  const index = /Index '([^']+)'/.exec(message)?.[1]
  if (index === undefined) return {}
  const keyPattern = index === '_id_' ? { _id: 1 } : await patternOf(index, request, pool)
  const source = item?.u ?? item
  const keyValue = Object.fromEntries(Object.keys(keyPattern).map(path => [path, valueAt(source, path)]))
  return { keyPattern, keyValue }
}

async function patternOf(index: string, { db, body, name }: Request, pool: pg.Pool): Promise<BSON.Document> {
  const key = `${db}.${body[name]}.${index}`
  const known = keyPatterns.get(key)
  if (known) return known
  const rows = await query(
    pool,
    `SELECT (i.index_spec).index_key FROM documentdb_api_catalog.collection_indexes i
     JOIN documentdb_api_catalog.collections c USING (collection_id)
     WHERE c.database_name = $1 AND c.collection_name = $2 AND (i.index_spec).index_name = $3`,
    [db, String(body[name]), index],
  )
  const hex = rows[0]?.[0]?.replace(/^(BSONHEX|\\x)/, '')
  const pattern = hex ? BSON.deserialize(Buffer.from(hex, 'hex')) : {}
  keyPatterns.set(key, pattern)
  return pattern
}

/** Returns the value at a dotted path of a document; null when it is missing. */
function valueAt(document: BSON.Document | undefined, path: string): unknown {
  return (
    path.split('.').reduce<unknown>((value, part) => (value as BSON.Document | undefined)?.[part], document) ?? null
  )
}
