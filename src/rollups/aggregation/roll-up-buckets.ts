import type { mongo } from 'mongoose'
import type { ReadableLog } from '../../events/log/log.ts'
import { type Bucket, bucketKey } from '../../events/marks/buckets.ts'
import { readPartials } from '../partials/partials.ts'
import { type Horizons, readHorizons } from '../retention-horizons.ts'
import { readSums, type Source, sourceOf } from './sources.ts'
import { eventsIn, type SumParts } from './sum.ts'
import { type Revision, readRevisions, writeRollups } from './write-rollups.ts'

/** The database and the log that roll-ups are made from. */
export interface RollupParts {
  db: mongo.Db
  log: ReadableLog
  /** Is told how many events were read from the log. */
  metrics?: { eventsRead(count: number): void }
}

/** A bucket whose roll-up is up to date, and how long reading its source took, in ms. */
interface RolledUp {
  bucket: Bucket
  cost: number
}

/** Sums and read times in ms, by bucket key. */
interface Sums {
  sums: Map<string, SumParts>
  costs: Map<string, number>
}

/**
 * Rolls up buckets of one grain from their sources and writes each by compare and set: the revision is read before the sources,
 * so a sum that was written meanwhile is not overwritten. A bucket whose source has partly expired keeps its roll-up.
 * @param fresh minutes whose marks stay: until one of them has settled, its roll-up is provisional, summed from what the processes have
 *   summed themselves, and waits as long as that is missing
 * @returns the buckets whose roll-up is up to date, those kept included; the others wait, or were written by another process meanwhile
 */
export async function rollUpBuckets(
  buckets: Bucket[],
  parts: RollupParts,
  session: mongo.ClientSession,
  fresh: Bucket[] = [],
): Promise<RolledUp[]> {
  const { db, log } = parts
  const asOf = new Date()
  const revisions = await readRevisions(db, buckets, session)
  const unsettled = fresh.filter(bucket => !hasSettled(revisions.get(bucketKey(bucket))))
  const before = await readHorizons(db, log, session)
  const { partials, missing } = await readPartials(db, unsettled, session)
  const others = buckets.filter(bucket => !partials.has(bucketKey(bucket)) && !missing.includes(bucket))
  const { sums, costs } = await readSources(others, before, parts, session)
  for (const [key, sum] of partials) sums.set(key, sum)
  const after = await readHorizons(db, log, session)
  const whole = buckets.filter(
    bucket => sums.has(bucketKey(bucket)) && sourceOf(bucket, before) === sourceOf(bucket, after),
  )
  const provisional = new Set(partials.keys())
  const written = await writeRollups(whole, { sums, revisions, provisional, asOf, horizons: after }, db, session)
  const kept = buckets.filter(bucket => !whole.includes(bucket) && !missing.includes(bucket))
  const existing = [...kept, ...written]
  return existing.map(bucket => ({ bucket, cost: costs.get(bucketKey(bucket)) ?? 0 }))
}

/** Whether the roll-up of a minute, if there is one, was read from the log. */
function hasSettled(revision: Revision | undefined): boolean {
  return revision !== undefined && !revision.provisional
}

/** Reads each source once for all of its buckets, and divides the time among them by the number of events. */
async function readSources(
  buckets: Bucket[],
  horizons: Horizons,
  { db, log, metrics }: RollupParts,
  session: mongo.ClientSession,
): Promise<Sums> {
  const all: Sums = { sums: new Map(), costs: new Map() }
  for (const [source, group] of bySource(buckets, horizons)) {
    const started = performance.now()
    const sums = await readSums(group, source, { db, log, session })
    const took = performance.now() - started
    const read = (parts: SumParts) => (source === 'log' ? eventsIn(parts) : 0)
    const events = [...sums.values()].reduce((sum, parts) => sum + read(parts), 0)
    metrics?.eventsRead(events)
    for (const [key, parts] of sums) {
      all.sums.set(key, parts)
      all.costs.set(key, (took * (1 + read(parts))) / (sums.size + events))
    }
  }
  return all
}

function bySource(buckets: Bucket[], horizons: Horizons): Map<Source, Bucket[]> {
  const groups = new Map<Source, Bucket[]>()
  for (const bucket of buckets) {
    const source = sourceOf(bucket, horizons)
    if (source) groups.set(source, [...(groups.get(source) ?? []), bucket])
  }
  return groups
}
