import type { mongo } from 'mongoose'
import type { ReadableLog } from '../../events/log/log.ts'
import type { Bucket } from '../../events/marks/buckets.ts'
import type { Horizons } from '../retention-horizons.ts'
import { readSums, type Source, sourceOf } from './sources.ts'
import { eventsIn, type SumParts } from './sum.ts'

/** The database and the log that roll-ups are made from. */
export interface RollupParts {
  db: mongo.Db
  log: ReadableLog
  /** Is told how many events were read from the log. */
  metrics?: { eventsRead(count: number): void }
}

/** Sums and read times in ms, by bucket key. */
interface Sums {
  sums: Map<string, SumParts>
  costs: Map<string, number>
}

/** Reads each source once for all of its buckets, and divides the time among them by the number of events. */
export async function readSources(
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
