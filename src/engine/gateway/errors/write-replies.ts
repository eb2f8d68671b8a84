import { BSON } from 'mongodb'
import type pg from 'pg'
import { itemsOf, type Request } from '../protocol/request.ts'
import { bytesOf, queryOnce } from '../sql.ts'
import { CommandError } from './command-error.ts'
import { DUPLICATE_KEY, unpackCode } from './error-codes.ts'

const EMPTY = Buffer.from(BSON.serialize({}))

/** An index of a collection: the number that PostgreSQL's constraints contain, and MongoDB's name and pattern. */
interface Index {
  id: string
  name: string
  key: BSON.Document
}

/**
 * Converts DocumentDB's reply to a write into MongoDB's: unpacks the error codes, and adds `keyPattern` and `keyValue` to duplicate
 * key errors.
 */
export async function writeReply(bytes: Buffer, request: Request, pool: pg.Pool): Promise<BSON.Document> {
  const reply = BSON.deserialize(bytes)
  if (!reply.writeErrors?.length) return reply
  const items = itemsOf(request)
  const errors: BSON.Document[] = reply.writeErrors.map(({ index, code, errmsg }: BSON.Document) => ({
    index: Number(index),
    code: unpackCode(Number(code), String(errmsg)),
    errmsg: String(errmsg),
  }))
  const indexes = errors.some(({ code }) => code === DUPLICATE_KEY) ? await indexesOf(request, pool) : []
  reply.writeErrors = errors.map(error =>
    error.code === DUPLICATE_KEY
      ? { ...error, ...duplicateKey(error.errmsg, items[error.index], request, indexes) }
      : error,
  )
  return reply
}

/**
 * Converts the error of a `findAndModify` statement into a duplicate key error with `keyPattern`, if it is unique_violation,
 * exclusion_violation, or DocumentDB's SQLSTATE of duplicate keys; returns any other error unchanged.
 */
export async function duplicateKeyError(error: unknown, request: Request, pool: pg.Pool): Promise<unknown> {
  if (!isDuplicateKey(error)) return error
  const { query: q, update: u } = request.body
  const { message } = error as Error
  const { errmsg, ...details } = duplicateKey(message, { q, u }, request, await indexesOf(request, pool))
  return new CommandError(DUPLICATE_KEY, errmsg, details)
}

/** Whether a statement failed because a document would have the key of another one. */
export function isDuplicateKey(error: unknown): boolean {
  return ['23505', '23P01', 'M001C'].includes((error as { code?: string }).code ?? '')
}

/**
 * Returns the fields of a duplicate key error in MongoDB's form. DocumentDB reports the name of the index, or PostgreSQL's name of its
 * constraint; the catalogue contains the pattern, and the item the value.
 */
function duplicateKey(
  message: string,
  item: BSON.Document | undefined,
  { db, body, name }: Request,
  indexes: Index[],
): { errmsg: string; keyPattern?: BSON.Document; keyValue?: BSON.Document } {
  const index = indexIn(message, indexes)
  if (!index) return { errmsg: `E11000 duplicate key error: ${message}` }
  const keyValue = keyValueIn(item?.u ?? item, item?.q, Object.keys(index.key))
  const key = keyValue ? ` dup key: { ${Object.entries(keyValue).map(keyText).join(', ')} }` : ''
  const errmsg = `E11000 duplicate key error collection: ${db}.${body[name]} index: ${index.name}${key}`
  return { errmsg, keyPattern: index.key, ...(keyValue && { keyValue }) }
}

function keyText([path, value]: [string, unknown]): string {
  return `${path}: ${value instanceof BSON.ObjectId ? `ObjectId('${value}')` : JSON.stringify(value)}`
}

function indexIn(message: string, indexes: Index[]): Pick<Index, 'name' | 'key'> | undefined {
  const name = message.includes('"collection_pk_') ? '_id_' : /Index '([^']+)'/.exec(message)?.[1]
  if (name === '_id_') return { name, key: { _id: 1 } }
  const id = /"documents_rum_index_(\d+)"/.exec(message)?.[1]
  return indexes.find(index => index.name === name || index.id === id)
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

async function indexesOf({ db, body, name }: Request, pool: pg.Pool): Promise<Index[]> {
  const rows = await queryOnce(
    pool,
    `SELECT i.index_id, (i.index_spec).index_name, (i.index_spec).index_key FROM documentdb_api_catalog.collection_indexes i
     JOIN documentdb_api_catalog.collections c USING (collection_id)
     WHERE c.database_name = $1 AND c.collection_name = $2`,
    [db, String(body[name])],
  )
  return rows.map(([id, indexName, key]) => ({
    id: id ?? '',
    name: indexName ?? '',
    key: BSON.deserialize(bytesOf(key) ?? EMPTY),
  }))
}

/** Returns the value at a dotted path of a document; null when it is missing. */
function valueAt(document: BSON.Document | undefined, path: string): unknown {
  return (
    path.split('.').reduce<unknown>((value, part) => (value as BSON.Document | undefined)?.[part], document) ?? null
  )
}
