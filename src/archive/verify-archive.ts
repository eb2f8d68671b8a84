import type { mongo } from 'mongoose'
import { CURRENT_READ } from '../database/connect.ts'
import { SCAN_LIMIT } from '../database/time-limits.ts'
import { EVENT_TYPES, type EventType } from '../events/event.ts'
import type { TimeRange } from '../events/log/scan.ts'
import { SITE } from '../events/marks/buckets.ts'
import type { Counts } from '../rollups/aggregation/sum.ts'
import { rollups } from '../rollups/rollup.ts'
import { type Day, dayOf, rangeOf } from './day.ts'
import type { DataFile } from './manifest.ts'
import { readRows } from './read-file.ts'
import type { ReadableArchive } from './restore/restore.ts'
import { daysOfRollups, isPending } from './sources/read-rollups.ts'
import { faultOf } from './store/fault.ts'
import { countsIn } from './tables/rollup-archive-table.ts'

/** A file that is not as the manifest says, a day without files, or numbers of events of an image that do not agree. */
type Finding =
  | { path?: string; problem: string }
  | { imageId: string; type: EventType; events?: number; rollups: number; database: number }

/** What does not agree on a day. It is waiting while the roll-up worker has yet to sum a change of the log of that day. */
export type ArchiveDifference = Finding & { isWaiting: boolean; day: Day }

type VerifiedArchive = Pick<ReadableArchive, 'store' | 'manifest'>

type CountsOfImages = Map<string, Counts>

/**
 * Compares the days of an archive that begin in a range: the files with the manifest, and the numbers of events by image and type, in
 * events and in roll-ups, with the roll-ups of the database.
 */
export async function* verifyArchive(
  archive: VerifiedArchive,
  db: mongo.Db,
  { from, to }: TimeRange,
): AsyncGenerator<ArchiveDifference> {
  const { manifest } = archive
  const isWanted = (day: Day) => rangeOf(day).from >= from && rangeOf(day).from < to
  const over = (await daysOfRollups(db)).filter(day => day < dayOf(new Date()))
  const days = [...new Set([...over, ...manifest.days('events'), ...manifest.days('rollups')])].filter(isWanted).sort()
  for (const day of days) {
    const isWaiting = await isPending(db, day)
    for await (const difference of differencesOf(day, archive, db)) yield { isWaiting, day, ...difference }
  }
  for (const day of manifest.days('feedback').filter(isWanted)) {
    const problem = await problemOf(manifest.file('feedback', day), archive)
    if (problem) yield { isWaiting: false, day, ...problem }
  }
}

async function* differencesOf(day: Day, archive: VerifiedArchive, db: mongo.Db): AsyncGenerator<Finding> {
  const [eventFile, rollupFile] = [archive.manifest.file('events', day), archive.manifest.file('rollups', day)]
  if (!rollupFile) {
    yield { problem: 'is not archived' }
    return
  }
  for (const file of [eventFile, rollupFile]) {
    const problem = await problemOf(file, archive)
    if (!problem) continue
    yield problem
    return
  }
  const events = eventFile && (await countsOfEvents(eventFile, archive))
  const sums = await countsOfSums(rollupFile, archive)
  let erased = eventFile?.erased ?? 0
  for await (const [imageId, found] of countsInDatabase(day, db, [sums, events])) {
    for (const type of EVENT_TYPES) {
      const [database, summed] = [found[type] ?? 0, sums.get(imageId)?.[type] ?? 0]
      // The site has no events of its own.
      const logged = imageId === SITE ? undefined : events && (events.get(imageId)?.[type] ?? 0)
      const missing = logged === undefined ? 0 : database - logged
      const isErased = missing > 0 && missing <= erased
      if (isErased) erased -= missing
      if (summed === database && (missing === 0 || isErased)) continue
      yield { imageId, type, ...(logged === undefined ? {} : { events: logged }), rollups: summed, database }
    }
  }
}

async function problemOf(file: DataFile | undefined, { store }: VerifiedArchive) {
  for (const one of [file, file?.people]) {
    const problem = one && (await faultOf(one, store))
    if (problem) return { path: one.path, problem }
  }
  return undefined
}

async function countsOfEvents(file: DataFile, { store }: VerifiedArchive): Promise<CountsOfImages> {
  const counts: CountsOfImages = new Map()
  for await (const rows of readRows(file, store, ['imageId', 'type', 'automated'])) {
    for (const { imageId, type, automated } of rows as { imageId: string; type: EventType; automated?: boolean }[]) {
      if (automated) continue
      const ofImage = counts.get(imageId) ?? {}
      ofImage[type] = (ofImage[type] ?? 0) + 1
      counts.set(imageId, ofImage)
    }
  }
  return counts
}

async function countsOfSums(file: DataFile, { store }: VerifiedArchive): Promise<CountsOfImages> {
  const counts: CountsOfImages = new Map()
  for await (const rows of readRows(file, store, ['imageId', 'grain', ...EVENT_TYPES]))
    for (const row of rows) if (row.grain === 'day') counts.set(row.imageId as string, countsIn(row))
  return counts
}

/** Yields the counts of each image that has any in the database, and then none for each of the others. */
async function* countsInDatabase(
  day: Day,
  db: mongo.Db,
  others: (CountsOfImages | undefined)[],
): AsyncGenerator<[string, Counts]> {
  const filter = { '_id.grain': 'day' as const, '_id.start': rangeOf(day).from }
  const options = { ...CURRENT_READ, ...SCAN_LIMIT, projection: { imageId: 1, counts: 1 } }
  const seen = new Set<string>()
  for await (const { imageId, counts } of rollups(db).find(filter, options).sort({ imageId: 1 })) {
    seen.add(imageId)
    yield [imageId, counts]
  }
  for (const images of others) {
    for (const imageId of images?.keys() ?? []) {
      if (seen.has(imageId)) continue
      seen.add(imageId)
      yield [imageId, {}]
    }
  }
}
