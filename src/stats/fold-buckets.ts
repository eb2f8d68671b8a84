import { randomBytes } from 'node:crypto'
import type { mongo } from 'mongoose'
import type { Retention } from '../config.ts'
import { sendWrites } from '../database/writes.ts'
import { type Bucket, bucketId, bucketKey, SITE } from '../events/grains.ts'
import type { Log } from '../events/log.ts'
import { type Floors, readFloors } from './floors.ts'
import type { Parts } from './fold.ts'
import { expiryOf, ROLLUPS, rollups } from './rollup.ts'
import { sourceOf, sumLog, sumRollups } from './sources.ts'

const DUPLICATE_KEY = 11000

export interface FoldParts {
  db: mongo.Db
  log: Log
  retention: Retention
}

/**
 * Sums buckets of one grain anew and writes each by compare and set: its revision is read before its sources, and whoever
 * was faster wins. What has partly expired is left as it is.
 * @returns the buckets whose sum now stands, those left alone included; the others were refused
 */
export async function foldBuckets(
  buckets: Bucket[],
  parts: FoldParts,
  session: mongo.ClientSession,
): Promise<Bucket[]> {
  const { db, retention } = parts
  const asOf = new Date()
  const revisions = await readRevisions(db, buckets, session)
  const before = await readFloors(db, retention, session)
  const sums = await readSources(buckets, before, parts, session)
  const after = await readFloors(db, retention, session)
  const whole = buckets.filter(
    bucket => sourceOf(bucket, before) && sourceOf(bucket, before) === sourceOf(bucket, after),
  )
  const written = await writeSums(whole, { sums, revisions, asOf }, parts, session)
  return [...buckets.filter(bucket => !whole.includes(bucket)), ...written]
}

const READ = { readConcern: { level: 'majority' }, readPreference: 'primary' } as const

async function readRevisions(
  db: mongo.Db,
  buckets: Bucket[],
  session: mongo.ClientSession,
): Promise<Map<string, string>> {
  const filter = { _id: { $in: buckets.map(bucketId) } }
  const found = rollups(db).find(filter, { ...READ, session, projection: { rev: 1 } })
  const revisions = new Map<string, string>()
  for await (const { _id, rev } of found) revisions.set(bucketKey(_id), rev)
  return revisions
}

/** Each source is asked once for all the buckets that are read from it. */
async function readSources(
  buckets: Bucket[],
  floors: Floors,
  { db, log }: FoldParts,
  session: mongo.ClientSession,
): Promise<Map<string, Parts>> {
  const sums = new Map<string, Parts>()
  for (const source of ['log', 'minute', 'hour', 'day', 'month'] as const) {
    for (const site of [false, true]) {
      const group = buckets.filter(
        bucket => sourceOf(bucket, floors) === source && (bucket.imageId === SITE && bucket.grain === 'hour') === site,
      )
      const options = { ...READ, session }
      const found =
        source === 'log' ? await sumLog(db, log, group, options) : await sumRollups(db, source, group, options)
      for (const [key, sum] of found) sums.set(key, sum)
    }
  }
  return sums
}

interface Sums {
  sums: Map<string, Parts>
  revisions: Map<string, string>
  asOf: Date
}

async function writeSums(
  buckets: Bucket[],
  { sums, revisions, asOf }: Sums,
  { db, retention }: FoldParts,
  session: mongo.ClientSession,
): Promise<Bucket[]> {
  const rev = randomBytes(12).toString('base64url')
  const content = (bucket: Bucket) => {
    const expiresAt = expiryOf(bucket, retention)
    return { rev, asOf, counts: sums.get(bucketKey(bucket))?.counts ?? {}, ...(expiresAt ? { expiresAt } : {}) }
  }
  const standing = buckets.filter(bucket => revisions.has(bucketKey(bucket)))
  const missing = buckets.filter(bucket => !revisions.has(bucketKey(bucket)))
  const updates = standing.map(bucket => ({
    q: { _id: bucketId(bucket), imageId: bucket.imageId, rev: revisions.get(bucketKey(bucket)) },
    u: { $set: content(bucket) },
  }))
  const documents = missing.map(bucket => ({ _id: bucketId(bucket), imageId: bucket.imageId, ...content(bucket) }))
  return [...(await replace(db, standing, updates, rev, session)), ...(await add(db, missing, documents, session))]
}

/** A bulk's reply has one total: when it is short, those that hold our revision are the ones that were written. */
async function replace(
  db: mongo.Db,
  buckets: Bucket[],
  updates: mongo.Document[],
  rev: string,
  session: mongo.ClientSession,
): Promise<Bucket[]> {
  if (buckets.length === 0) return []
  const { n, failed } = await sendWrites(db, { update: ROLLUPS, updates, ordered: false }, session)
  if (failed[0]) throw new Error(`a rollup was refused: ${failed[0].errmsg}`)
  if (n === buckets.length) return buckets
  const now = await readRevisions(db, buckets, session)
  return buckets.filter(bucket => now.get(bucketKey(bucket)) === rev)
}

async function add(
  db: mongo.Db,
  buckets: Bucket[],
  documents: mongo.Document[],
  session: mongo.ClientSession,
): Promise<Bucket[]> {
  if (buckets.length === 0) return []
  const { failed } = await sendWrites(db, { insert: ROLLUPS, documents, ordered: false }, session)
  const other = failed.find(({ code }) => code !== DUPLICATE_KEY)
  if (other) throw new Error(`a rollup was refused: ${other.errmsg}`)
  const refused = new Set(failed.map(({ index }) => index))
  return buckets.filter((_, index) => !refused.has(index))
}
