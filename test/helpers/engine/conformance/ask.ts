import mongoose from 'mongoose'
import type { CommandRow, ExpressionRow, Row, UpdateRow, WritingRow } from './row.ts'

type Db = mongoose.mongo.Db
type Document = mongoose.mongo.BSON.Document
type RowWithCollections = Exclude<Row, ExpressionRow>

const { BSON } = mongoose.mongo
/** With these options values keep their types: numbers do not become JavaScript's. */
const TYPED = { promoteValues: false, bsonRegExp: true } as const

/**
 * Asks the server the questions of rows, one after the other, in a database that holds nothing else.
 * @returns the answers as text, in which every value has its type
 */
export async function ask(db: Db, rows: Row[]): Promise<string[]> {
  // Storing the documents of all expressions at once saves most of the time.
  const documents = rows.flatMap((row, _id) => ('expression' in row ? { _id, ...row.given } : []))
  await insert(db, 'expressions', documents)
  const answers: string[] = []
  for (const [i, row] of rows.entries()) {
    answers.push(await ('expression' in row ? answerFrom(evaluated(db, row, i)) : askWithCollections(db, row)))
  }
  if (documents.length > 0) await empty(db, 'expressions')
  return answers
}

/** Returns MongoDB's answer to a row as text, in the form of `ask`. */
export function expected(row: Row): string {
  if ('code' in row) return `error ${row.code}`
  return text(BSON.deserialize(BSON.serialize({ value: row.gives }), TYPED).value)
}

/** A value in extended JSON. */
function text(value: unknown): string {
  return value === undefined ? 'nothing' : BSON.EJSON.stringify(value, { relaxed: false })
}

async function answerFrom(work: Promise<unknown>): Promise<string> {
  try {
    return text(await work)
  } catch (error) {
    const { code } = error as { code?: number }
    if (code === undefined) throw error
    return `error ${code}`
  }
}

async function evaluated(db: Db, { expression }: ExpressionRow, _id: number): Promise<unknown> {
  const pipeline = [{ $match: { _id } }, { $project: { _id: 0, value: expression } }]
  const [found] = await documentsOf(db, { aggregate: 'expressions', pipeline, cursor: {} })
  return found?.value
}

async function askWithCollections(db: Db, row: RowWithCollections): Promise<string> {
  const { other = [], indexes = [] } = row as Partial<CommandRow>
  await insert(db, 'docs', 'update' in row ? givenTo(row) : row.given)
  await insert(db, 'other', other)
  if (indexes.length > 0) await run(db, { createIndexes: 'docs', indexes })
  const answer = await answerFrom(answerTo(db, row))
  // To empty a collection takes less time than to make a new one.
  if (indexes.length > 0 || 'command' in row) await db.collection('docs').drop()
  else await empty(db, 'docs')
  if (other.length > 0) await empty(db, 'other')
  return answer
}

function givenTo({ given }: UpdateRow): Document[] {
  return given ? [{ _id: 1, ...given }] : []
}

async function insert(db: Db, collection: string, documents: Document[]): Promise<void> {
  if (documents.length > 0) await run(db, { insert: collection, documents })
}

async function empty(db: Db, collection: string): Promise<void> {
  await run(db, { delete: collection, deletes: [{ q: {}, limit: 0 }] })
}

async function answerTo(db: Db, row: RowWithCollections): Promise<unknown> {
  if ('update' in row) return updated(db, row)
  if ('command' in row) return fieldsOfReply(db, row)
  if ('pipeline' in row) return documentsOf(db, { aggregate: 'docs', pipeline: row.pipeline, cursor: {} })
  if ('writes' in row) return written(db, row)
  if ('find' in row) return documentsOf(db, { find: 'docs', ...row.find })
  const found = await documentsOf(db, { find: 'docs', filter: row.filter, sort: { _id: 1 } })
  return found.map(({ _id }) => _id)
}

async function written(db: Db, { writes }: WritingRow): Promise<Document[]> {
  await run(db, { aggregate: 'docs', pipeline: writes, cursor: {} })
  return documentsOf(db, { find: 'other', sort: { _id: 1 } })
}

async function updated(db: Db, { given, filter, update, arrayFilters }: UpdateRow): Promise<Document> {
  const statement = { q: filter ?? {}, u: update, upsert: !given, ...(arrayFilters && { arrayFilters }) }
  await run(db, { update: 'docs', updates: [statement] })
  const [{ _id, ...rest } = {}] = await documentsOf(db, { find: 'docs' })
  return rest
}

async function fieldsOfReply(db: Db, row: CommandRow & { gives?: unknown }): Promise<Document> {
  const reply = await run(db, row.command)
  return Object.fromEntries(Object.keys(row.gives ?? {}).map(name => [name, reply[name]]))
}

async function documentsOf(db: Db, command: Document): Promise<Document[]> {
  return (await run(db, command)).cursor.firstBatch
}

/** @throws the error of the command, or the first one of the statements in it */
async function run(db: Db, command: Document): Promise<Document> {
  const reply = await db.command(command, TYPED)
  const [failed] = reply.writeErrors ?? []
  if (failed) throw Object.assign(new Error(failed.errmsg), { code: Number(failed.code) })
  return reply
}
