/**
 * Asks the server of the test run random questions about random documents, and compares the answers with those of an oracle that
 * follows MongoDB's manual. The comparison includes the types of all values. What the embedded engine is known to answer
 * differently is not asked: the comments in the `*-arbitraries.ts` name it.
 */
import fc from 'fast-check'
import t from 'tap'
import { ownDatabase } from '../../helpers/database/mongodb.ts'
import { type Document, textOf } from '../../helpers/differential/bson-types.ts'
import { documents, sortableDocuments } from '../../helpers/differential/document-arbitraries.ts'
import { filter, index, indexedFilter } from '../../helpers/differential/filter-arbitraries.ts'
import { matches } from '../../helpers/differential/filter-oracle.ts'
import { sort } from '../../helpers/differential/sort-arbitraries.ts'
import { sorted } from '../../helpers/differential/sort-oracle.ts'

/** `FUZZ_CASES=10000 npm test -- test/engine/conformance/differential.test.ts --timeout=900` asks more. */
const CASES = Number(process.env.FUZZ_CASES ?? 300)
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
const TESTS = 2
/** Cases with the same documents. */
const BATCH = 10

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

const batchOf = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: BATCH, maxLength: BATCH })

t.test(`random filters select the documents that match, with an index and without (seed ${SEED})`, async () => {
  const half = fc.array(filter, { minLength: BATCH / 2, maxLength: BATCH / 2 })
  const otherHalf = fc.array(indexedFilter, { minLength: BATCH / 2, maxLength: BATCH / 2 })
  await check(fc.record({ documents, index, half, otherHalf }), async ({ documents, index, half, otherHalf }) => {
    const collection = await stored(documents)
    await collection.createIndex(index)
    const questions = [
      ...half.map(filter => ({ filter, hint: { _id: 1 as const } })),
      ...otherHalf.map(filter => ({ filter, hint: index })),
    ]
    for (const { filter, hint } of questions) {
      const found = await collection.find(filter).hint(hint).sort({ _id: 1 }).toArray()
      const expected = documents.filter(document => matches(document, filter))
      compare({ documents, filter, hint }, found, expected)
    }
    await collection.drop()
  })
})

t.test(`random sorts return the documents in MongoDB's order (seed ${SEED})`, async () => {
  const pages = batchOf(fc.record({ filter, sort, skip: fc.nat(3), limit: fc.integer({ min: 1, max: 12 }) }))
  await check(fc.record({ documents: sortableDocuments, pages }), async ({ documents, pages }) => {
    const collection = await stored(documents)
    for (const { filter, sort, skip, limit } of pages) {
      const found = await collection.find(filter, { sort, skip, limit }).toArray()
      const all = documents.filter(document => matches(document, filter))
      compare({ documents, filter, sort, skip, limit }, found, sorted(all, sort).slice(skip, skip + limit))
    }
    await collection.drop()
  })
})
