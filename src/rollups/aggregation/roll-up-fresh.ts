import type { mongo } from 'mongoose'
import { CURRENT_READ } from '../../database/connect.ts'
import { type Bucket, bucketKey, distinct, upwards } from '../../events/marks/buckets.ts'
import { readPartials } from '../partials/partials.ts'
import { readHorizons } from '../retention-horizons.ts'
import { type Rollup, readRollups } from '../rollup.ts'
import { type RollupParts, readSources } from './read-sources.ts'
import type { RolledUp } from './roll-up-buckets.ts'
import { Sum, type SumParts } from './sum.ts'
import { writeRollups } from './write-rollups.ts'

/**
 * Rolls up minutes that are still being written to, whose marks stay, and adds the difference to the roll-ups above them. Until a minute
 * has settled, its roll-up is provisional: the sum of what the processes have summed themselves; afterwards it is read from the log.
 * The revisions of all are read before a minute is written: another process sums the longer grains from the settled minute only after that,
 * and what it writes is not overwritten. Where it has written for another minute, the difference is missing until this minute settles.
 * @returns the minutes that were written; the others wait for a partial sum, or another process wrote them meanwhile
 */
export async function rollUpFresh(
  minutes: Bucket[],
  parts: RollupParts,
  session: mongo.ClientSession,
): Promise<RolledUp[]> {
  const { db, log } = parts
  const asOf = new Date()
  const horizons = await readHorizons(db, log, session)
  const affected = distinct(minutes.flatMap(minute => [...upwards(minute)]))
  const existing = await readRollups(db, affected, { ...CURRENT_READ, session })
  const unsettled = minutes.filter(minute => !hasSettled(existing.get(bucketKey(minute))))
  const { partials, missing } = await readPartials(db, unsettled, session)
  const inLog = minutes.filter(minute => !partials.has(bucketKey(minute)) && !missing.includes(minute))
  const { sums, costs } = await readSources(inLog, horizons, parts, session)
  for (const [key, sum] of partials) sums.set(key, sum)
  const known = minutes.filter(minute => sums.has(bucketKey(minute)))
  const content = { revisions: existing, asOf, horizons }
  const written = await writeRollups(known, { ...content, sums, provisional: partials }, db, session)
  const above = addAbove(written, sums, existing)
  await writeRollups(
    affected.filter(bucket => above.has(bucketKey(bucket))),
    { ...content, sums: above },
    db,
    session,
  )
  return written.map(bucket => ({ bucket, cost: costs.get(bucketKey(bucket)) ?? 0 }))
}

/** Whether the roll-up of a minute, if there is one, was read from the log. */
function hasSettled(rollup: Rollup | undefined): boolean {
  return rollup !== undefined && !rollup.provisional
}

/** Adds the differences of minutes to the roll-ups above them. @returns the new sums of these, by bucket key */
function addAbove(
  minutes: Bucket[],
  sums: ReadonlyMap<string, SumParts>,
  existing: ReadonlyMap<string, Rollup>,
): Map<string, SumParts> {
  const above = new Map<string, Sum>()
  for (const minute of minutes) {
    const [before, after] = [existing, sums].map(all => all.get(bucketKey(minute)))
    for (const bucket of upwards(minute)) {
      if (bucket === minute) continue
      const key = bucketKey(bucket)
      const sum = above.get(key) ?? new Sum(existing.get(key))
      if (after) sum.add(after)
      if (before) sum.subtract(before)
      above.set(key, sum)
    }
  }
  return new Map([...above].map(([key, sum]) => [key, sum.parts()]))
}
