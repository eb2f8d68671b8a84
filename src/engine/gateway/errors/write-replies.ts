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
      const base = { index: Number(error.index), code, errmsg: String(error.errmsg) }
      return code === DUPLICATE_KEY
        ? { ...base, ...(await duplicateKey(error.errmsg, items[base.index], request, pool)) }
        : base
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
  const { errmsg, ...details } = await duplicateKey(message, undefined, request, pool)
  return new CommandError(DUPLICATE_KEY, errmsg, details)
}

/** The key patterns of indexes by `database.collection.index`. */
const keyPatterns = new Map<string, BSON.Document>()

/**
 * Returns the fields of a duplicate key error in MongoDB's form. DocumentDB reports only the name of the index; its catalogue contains
 * the pattern, and an inserted document or a replacement the value.
 */
async function duplicateKey(
  message: string,
  item: BSON.Document | undefined,
  request: Request,
  pool: pg.Pool,
): Promise<{ errmsg: string; keyPattern?: BSON.Document; keyValue?: BSON.Document }> {
  const index = /Index '([^']+)'/.exec(message)?.[1]
  if (index === undefined) return { errmsg: `E11000 duplicate key error: ${message}` }
  const keyPattern = index === '_id_' ? { _id: 1 } : await patternOf(index, request, pool)
  const keyValue = keyValueIn(item?.u ?? item, item?.q, Object.keys(keyPattern))
  const { db, body, name } = request
  const key = keyValue ? ` dup key: ${JSON.stringify(keyValue)}` : ''
  const errmsg = `E11000 duplicate key error collection: ${db}.${body[name]} index: ${index}${key}`
  return { errmsg, keyPattern, ...(keyValue && { keyValue }) }
}

/** Returns the values of a key in an inserted document, a replacement, or the operators of an update; undefined if they are unknown. */
function keyValueIn(source: BSON.Document | undefined, query: BSON.Document | undefined, paths: string[]) {
  if (!source || Array.isArray(source)) return undefined
  const isUpdate = Object.keys(source).some(name => name.startsWith('$'))
  const fields = isUpdate ? { ...query, ...source.$setOnInsert, ...source.$set } : source
  const isKnown = !isUpdate || paths.every(path => path in fields)
  if (!isKnown) return undefined
  return Object.fromEntries(paths.map(path => [path, isUpdate ? fields[path] : valueAt(source, path)]))
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
