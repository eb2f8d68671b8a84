import mongoose from 'mongoose'
import t from 'tap'
import { codeOf } from '../../helpers/database/error-code.ts'
import { ownDatabase } from '../../helpers/database/mongodb.ts'

const { db } = await ownDatabase(t)
const COUNT = 45
const LARGE_BYTES = 900_000
const SMALL_BYTES = 1_000

/** 45 documents, of which every seventh is small: more than two replies of 16 MiB. */
const documents = db.collection<{ _id: number; n: number; text: string }>('large')
for (let n = 0; n < COUNT; n++) {
  await documents.insertOne({ _id: n, n, text: 'x'.repeat(n % 7 === 3 ? SMALL_BYTES : LARGE_BYTES) })
}
const ascending = Array.from({ length: COUNT }, (_, n) => n)
const numbersOf = (found: { n: number }[]) => found.map(({ n }) => n)

t.test('a sorted result over 16 MiB is returned in order', async t => {
  t.same(numbersOf(await documents.find().sort({ n: 1 }).toArray()), ascending)
  t.same(numbersOf(await documents.find().sort({ n: -1 }).toArray()), ascending.toReversed())
  t.same(numbersOf(await documents.find().sort({ n: 1 }).skip(3).limit(35).toArray()), ascending.slice(3, 38))
  t.same(numbersOf(await documents.find().sort({ n: 1 }).batchSize(30).toArray()), ascending)
  const pipeline = [{ $sort: { n: 1 } }, { $project: { n: 1, text: 1 } }]
  t.same(numbersOf(await documents.aggregate<{ n: number }>(pipeline).toArray()), ascending)
})

t.test('a batch has at most 16 MiB and the requested number of documents', async t => {
  const sizes: number[] = []
  let { cursor } = await db.command({ find: 'large', sort: { n: 1 } })
  sizes.push(cursor.firstBatch.length)
  while (Number(cursor.id) !== 0) {
    cursor = (await db.command({ getMore: cursor.id, collection: 'large' }, { promoteLongs: false })).cursor
    sizes.push(cursor.nextBatch.length)
    t.ok(mongoose.mongo.BSON.calculateObjectSize({ batch: cursor.nextBatch }) < 17_000_000)
  }
  t.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    COUNT,
  )
  const empty = await db.command({ find: 'large', sort: { n: 1 }, batchSize: 0 })
  t.same(empty.cursor.firstBatch, [])
  const two = await db.command({ getMore: empty.cursor.id, collection: 'large', batchSize: 2 })
  t.same(numbersOf(two.cursor.nextBatch), [0, 1])
  const single = await db.command({ find: 'large', sort: { n: 1 }, batchSize: 2, singleBatch: true })
  t.equal(Number(single.cursor.id), 0)
})

t.test('a file of 20 MiB in GridFS is read back', async t => {
  const bucket = new mongoose.mongo.GridFSBucket(db, { bucketName: 'files' })
  const bytes = Buffer.alloc(20 * 1_048_576 + 12_345)
  for (let at = 0; at + 4 <= bytes.length; at += 4096) bytes.writeUInt32LE(at, at)
  const upload = bucket.openUploadStream('file')
  await new Promise((resolve, reject) => {
    upload.on('finish', resolve).on('error', reject).end(bytes)
  })
  const chunks: Buffer[] = []
  for await (const chunk of bucket.openDownloadStream(upload.id)) chunks.push(chunk)
  t.ok(Buffer.concat(chunks).equals(bytes))
})

t.test('a cursor ends with its collection, and belongs to it', async t => {
  for (const sort of [undefined, { n: 1 } as const]) {
    const dropped = db.collection<{ n: number }>('dropped')
    await dropped.insertMany(Array.from({ length: 300 }, (_, n) => ({ n })))
    const find = { find: 'dropped', batchSize: 2, ...(sort && { sort }) }
    const { cursor } = await db.command(find, { promoteLongs: false })
    t.equal(await codeOf(db.command({ getMore: cursor.id, collection: 'large' })), 13)
    await dropped.drop()
    t.ok([43, 175].includes(await codeOf(db.command({ getMore: cursor.id, collection: 'dropped' }))))
  }
})

t.test('distinct values over 16 MiB are refused', async t => {
  const values = db.collection<{ _id: number; text: string }>('distinct')
  for (let n = 0; n < 18; n++) await values.insertOne({ _id: n, text: `${n}`.padEnd(1_000_000) })
  t.equal(await codeOf(values.distinct('text')), 17217)
})
