/**
 * Asks the server of the test run random questions about random documents, and compares the answers with those of an oracle that
 * follows MongoDB's manual. The comparison includes the types of all values. What the embedded engine is known to answer
 * differently is not asked: the comments in the `*-arbitraries.ts` name it.
 */
import fc from 'fast-check'
import t from 'tap'
import { ownDatabase } from '../../helpers/database/mongodb.ts'
import { compareValues } from '../../helpers/engine/differential/bson-order.ts'
import { type Document, int, textOf } from '../../helpers/engine/differential/bson-types.ts'
import {
  documents,
  documentsToAggregate,
  documentsToSort,
  documentToUpdate,
} from '../../helpers/engine/differential/document-arbitraries.ts'
import { filter, index, indexedFilter } from '../../helpers/engine/differential/filter-arbitraries.ts'
import { matches } from '../../helpers/engine/differential/filter-oracle.ts'
import { OracleError } from '../../helpers/engine/differential/oracle-error.ts'
import { isOrdered, pipeline } from '../../helpers/engine/differential/pipeline-arbitraries.ts'
import { aggregated } from '../../helpers/engine/differential/pipeline-oracle.ts'
import { sort } from '../../helpers/engine/differential/sort-arbitraries.ts'
import { sorted } from '../../helpers/engine/differential/sort-oracle.ts'
import { isCountedExactly, update } from '../../helpers/engine/differential/update-arbitraries.ts'
import { updated } from '../../helpers/engine/differential/update-oracle.ts'

/** `FUZZ_CASES=10000 npm test -- test/engine/conformance/differential.test.ts` asks more. */
const CASES = Number(process.env.FUZZ_CASES ?? 300)
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
const TESTS = 4
/** Cases with the same documents. */
const BATCH = 5

const { db } = await ownDatabase(t)
let collections = 0

/** Stores documents in a collection of their own, which returns values with their types. */
async function stored(documents: Document[]) {
  const collection = db.collection(`c${collections++}`, { promoteValues: false, bsonRegExp: true })
  await collection.insertMany(documents)
  return collection
}

/** Checks a property of random batches. fast-check minimises the batch that fails, and prints it with the seed. */
function check<T>(batch: fc.Arbitrary<T>, holds: (batch: T) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(batch, holds), { seed: SEED, numRuns: Math.ceil(CASES / TESTS / BATCH) })
}

/** @throws Error that tells the question and both answers when these differ */
function compare(question: Document, answer: unknown, expected: unknown): void {
  const [got, wanted] = [textOf(answer), textOf(expected)]
  if (got !== wanted) throw new Error(`${textOf(question)}\nthe server answers ${got}\nthe oracle answers ${wanted}`)
}

/** The result of a question, or the code of its error. */
interface Result<T> {
  value?: T
  code?: number
}

/** Returns what the oracle answers. */
function attempt<T>(work: () => T): Result<T> {
  try {
    return { value: work() }
  } catch (error) {
    if (error instanceof OracleError) return { code: error.code }
    throw error
  }
}

/** Returns what the server answers. */
function attempted<T>(work: Promise<T>): Promise<Result<T>> {
  return work.then(
    value => ({ value }),
    error => ({ code: error.code as number }),
  )
}

/** Returns the code of an error; only whether there is one where several operators may fail. */
function errorOf({ code }: Result<unknown>, update: Document): unknown {
  return Object.keys(update).length > 1 ? code !== undefined : (code ?? 0)
}

const batchOf = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: BATCH, maxLength: BATCH })

t.test(`random filters select the documents that match, with an index and without (seed ${SEED})`, async () => {
  const query = fc.oneof(
    filter.map(filter => ({ filter, isIndexed: false })),
    indexedFilter.map(filter => ({ filter, isIndexed: true })),
  )
  await check(fc.record({ documents, index, queries: batchOf(query) }), async ({ documents, index, queries }) => {
    const collection = await stored(documents)
    await collection.createIndex(index)
    for (const { filter, isIndexed } of queries) {
      const hint = isIndexed ? index : { _id: 1 as const }
      const found = await collection.find(filter).hint(hint).sort({ _id: 1 }).toArray()
      const expected = documents.filter(document => matches(document, filter))
      compare({ documents, filter, hint }, found, expected)
    }
    await collection.drop()
  })
})

t.test(`random sorts return the documents in MongoDB's order (seed ${SEED})`, async () => {
  const pages = batchOf(fc.record({ filter, sort, skip: fc.nat(3), limit: fc.integer({ min: 1, max: 12 }) }))
  await check(fc.record({ documents: documentsToSort, pages }), async ({ documents, pages }) => {
    const collection = await stored(documents)
    for (const { filter, sort, skip, limit } of pages) {
      const found = await collection.find(filter, { sort, skip, limit }).toArray()
      const all = documents.filter(document => matches(document, filter))
      compare({ documents, filter, sort, skip, limit }, found, sorted(all, sort).slice(skip, skip + limit))
    }
    await collection.drop()
  })
})

t.test(`random updates change documents as in MongoDB (seed ${SEED})`, async () => {
  const pairs = batchOf(fc.record({ document: documentToUpdate, update }))
  await check(pairs, async pairs => {
    const collection = await stored(pairs.map(({ document }, i) => ({ _id: int(i), ...document })))
    for (const [i, { document, update }] of pairs.entries()) {
      const _id = int(i)
      const expected = attempt(() => updated(document, update))
      const result = await attempted(collection.updateOne({ _id } as object, update))
      const { _id: _, ...after } = (await collection.findOne({ _id } as object)) ?? {}
      const question = { document, update }
      compare(question, after, expected.value ?? document)
      // An update with several faults may fail by either.
      compare(question, errorOf(result, update), errorOf(expected, update))
      const isModified = textOf(after) !== textOf(document)
      if (result.value && (isModified || isCountedExactly(update))) {
        compare(question, result.value.modifiedCount, Number(isModified))
      }
    }
    await collection.drop()
  })
})

t.test(`random pipelines return what they return in MongoDB (seed ${SEED})`, async () => {
  await check(fc.record({ documents: documentsToAggregate, pipelines: batchOf(pipeline) }), async batch => {
    const { documents, pipelines } = batch
    const collection = await stored(documents)
    for (const pipeline of pipelines) {
      const order = (all: Document[]) => (isOrdered(pipeline) ? all : all.toSorted((a, b) => compareValues(a, b)))
      const found = await collection.aggregate(pipeline).toArray()
      compare({ documents, pipeline }, order(found), order(aggregated(documents, pipeline)))
    }
    await collection.drop()
  })
})
