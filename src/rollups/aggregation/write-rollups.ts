import { randomBytes } from 'node:crypto'
import type { mongo } from 'mongoose'
import { CURRENT_READ, isDuplicateKey } from '../../database/connect.ts'
import { sendWrites } from '../../database/writes.ts'
import { type Bucket, bucketId, bucketKey } from '../../events/marks/buckets.ts'
import type { Horizons } from '../retention-horizons.ts'
import { expiryOf, ROLLUPS, type Rollup, readRollups } from '../rollup.ts'
import type { SumParts } from './sum.ts'

/** The revision of a roll-up. */
type Revision = Pick<Rollup, 'rev'>

/** Returns the revisions of the existing roll-ups, by bucket key. */
export function readRevisions(
  db: mongo.Db,
  buckets: Bucket[],
  session: mongo.ClientSession,
): Promise<Map<string, Revision>> {
  return readRollups(db, buckets, { ...CURRENT_READ, session, projection: { rev: 1 } })
}

/** New sums and the revisions they replace, by bucket key. */
interface NewRollups {
  sums: Map<string, SumParts>
  /** Read before the sources. */
  revisions: Map<string, Revision>
  /** The minutes whose sums are those of the processes, by bucket key. */
  provisional?: { has(key: string): boolean }
  asOf: Date
  horizons: Horizons
}

/**
 * Writes roll-ups by compare and set: an update that names the revision, or an insert where there was none.
 * @returns the buckets that were written; another process has written the others meanwhile
 * @throws Error when the database refuses a write for another reason
 */
export async function writeRollups(
  buckets: Bucket[],
  { sums, revisions, provisional, asOf, horizons }: NewRollups,
  db: mongo.Db,
  session: mongo.ClientSession,
): Promise<Bucket[]> {
  const rev = randomBytes(12).toString('base64url')
  const content = (bucket: Bucket) => {
    const expiresAt = expiryOf(bucket, horizons)
    const key = bucketKey(bucket)
    return {
      rev,
      asOf,
      ...sums.get(key),
      ...(expiresAt ? { expiresAt } : {}),
      ...(provisional?.has(key) ? { provisional: true } : {}),
    }
  }
  const existing = buckets.filter(bucket => revisions.has(bucketKey(bucket)))
  const missing = buckets.filter(bucket => !revisions.has(bucketKey(bucket)))
  const updates = existing.map(bucket => ({
    q: { _id: bucketId(bucket), imageId: bucket.imageId, rev: revisions.get(bucketKey(bucket))?.rev },
    // A replacement, not $set: a part that the new sum lacks must not stay.
    u: { imageId: bucket.imageId, ...content(bucket) },
  }))
  const documents = missing.map(bucket => ({ _id: bucketId(bucket), imageId: bucket.imageId, ...content(bucket) }))
  return [...(await replace(db, existing, updates, rev, session)), ...(await add(db, missing, documents, session))]
}

/** Replaces roll-ups. The reply has one total only; if it is too low, reading the revisions shows which ones were written. */
async function replace(
  db: mongo.Db,
  buckets: Bucket[],
  updates: mongo.Document[],
  rev: string,
  session: mongo.ClientSession,
): Promise<Bucket[]> {
  if (buckets.length === 0) return []
  const { n, failed } = await sendWrites(db, { update: ROLLUPS, updates }, session)
  if (failed[0]) throw new Error(`writing a roll-up failed: ${failed[0].errmsg}`)
  if (n === buckets.length) return buckets
  const now = await readRevisions(db, buckets, session)
  return buckets.filter(bucket => now.get(bucketKey(bucket))?.rev === rev)
}

/** Inserts roll-ups; a duplicate key means that another process was faster. */
async function add(
  db: mongo.Db,
  buckets: Bucket[],
  documents: mongo.Document[],
  session: mongo.ClientSession,
): Promise<Bucket[]> {
  if (buckets.length === 0) return []
  const { failed } = await sendWrites(db, { insert: ROLLUPS, documents }, session)
  const other = failed.find(item => !isDuplicateKey(item))
  if (other) throw new Error(`writing a roll-up failed: ${other.errmsg}`)
  const refused = new Set(failed.map(({ index }) => index))
  return buckets.filter((_, index) => !refused.has(index))
}
