import type { mongo } from 'mongoose'
import { type Bucket, bucketKey } from '../events/grains.ts'
import type { ReadableLog } from '../events/log.ts'
import { type Floors, readFloors } from './floors.ts'
import { eventsIn, type Parts } from './fold.ts'
import { readSums, type Source, sourceOf } from './sources.ts'
import { readRevisions, writeRollups } from './write-rollups.ts'

export interface FoldParts {
  db: mongo.Db
  log: ReadableLog
}

/** A bucket whose sum stands, and what reading it cost, in ms. */
interface Folded {
  bucket: Bucket
  cost: number
}

interface Sums {
  sums: Map<string, Parts>
  costs: Map<string, number>
}

/**
 * Sums buckets of one grain anew and writes each by compare and set: its revision is read before its sources, and whoever
 * was faster wins. What has partly expired is left as it is.
 * @returns the buckets whose sum now stands, those left alone included; the others were refused
 */
export async function foldBuckets(
  buckets: Bucket[],
  { db, log }: FoldParts,
  session: mongo.ClientSession,
): Promise<Folded[]> {
  const asOf = new Date()
  const revisions = await readRevisions(db, buckets, session)
  const before = await readFloors(db, log, session)
  const { sums, costs } = await readSources(buckets, before, { db, log }, session)
  const after = await readFloors(db, log, session)
  const whole = buckets.filter(
    bucket => sums.has(bucketKey(bucket)) && sourceOf(bucket, before) === sourceOf(bucket, after),
  )
  const written = await writeRollups(whole, { sums, revisions, asOf, floors: after }, db, session)
  const standing = [...buckets.filter(bucket => !whole.includes(bucket)), ...written]
  return standing.map(bucket => ({ bucket, cost: costs.get(bucketKey(bucket)) ?? 0 }))
}

/** Each source is asked once for all the buckets that are read from it, and its time is shared out by what each had to say. */
async function readSources(
  buckets: Bucket[],
  floors: Floors,
  { db, log }: FoldParts,
  session: mongo.ClientSession,
): Promise<Sums> {
  const all: Sums = { sums: new Map(), costs: new Map() }
  for (const [source, group] of bySource(buckets, floors)) {
    const started = performance.now()
    const sums = await readSums(group, source, { db, log, session })
    const took = performance.now() - started
    const weight = (parts: Parts) => 1 + (source === 'log' ? eventsIn(parts) : 0)
    const whole = [...sums.values()].reduce((sum, parts) => sum + weight(parts), 0)
    for (const [key, parts] of sums) {
      all.sums.set(key, parts)
      all.costs.set(key, (took * weight(parts)) / whole)
    }
  }
  return all
}

function bySource(buckets: Bucket[], floors: Floors): Map<Source, Bucket[]> {
  const groups = new Map<Source, Bucket[]>()
  for (const bucket of buckets) {
    const source = sourceOf(bucket, floors)
    if (source) groups.set(source, [...(groups.get(source) ?? []), bucket])
  }
  return groups
}
