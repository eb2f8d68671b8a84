import { prepareCollections } from '../../database/collections.ts'
import type { Handles } from '../../database/connect.ts'
import type { Log } from '../../events/log/log.ts'
import { logTtl } from '../../events/log/log-ttl.ts'
import { typedIdsSince } from '../../events/log/typed-ids.ts'
import { marksCollection } from '../../events/marks/marks.ts'
import { feedbackCollection } from '../../feedback/feedback.ts'
import { readHorizons } from '../../rollups/retention-horizons.ts'
import { rollupsCollection } from '../../rollups/rollup.ts'
import { rangeOf } from '../day.ts'
import { type DataFile, type ManifestFile, placeOf } from '../manifest.ts'
import type { ArchiveTables } from '../open-archive.ts'
import { readThings } from '../read-file.ts'
import { faultOf } from '../store/fault.ts'
import type { Store } from '../store/store.ts'
import { markSums, raiseToArchive } from './mark-sums.ts'
import { restoreEvents } from './restore-events.ts'
import { restoreFeedback } from './restore-feedback.ts'
import type { RestoreState } from './restore-state.ts'
import { RollupWriter } from './rollup-writer.ts'

/** An archive that is open for reading. */
export interface ReadableArchive {
  store: Store
  manifest: ManifestFile
  tables: ArchiveTables
}

/** Is told how many files of how many are done. */
export type RestoreProgress = (task: 'check' | 'files', done: number, total: number) => void

/** Number of days whose events would have expired at once, and are not restored. */
export interface Restored {
  expired: number
}

/** Compares all files with the manifest. @throws Error that names those that differ */
export async function checkFiles({ store, manifest }: ReadableArchive, progress: RestoreProgress): Promise<void> {
  const faults: string[] = []
  for (const [done, file] of manifest.files.entries()) {
    progress('check', done, manifest.files.length)
    const fault = await faultOf(file, store)
    if (fault) faults.push(`${file.path} ${fault}`)
  }
  if (faults.length > 0) throw new Error(`the archive is damaged:\n${faults.join('\n')}`)
}

/**
 * Reads an archive into the database: hours and days as they were, minutes from the events; months, totals and current counts are marked,
 * and a roll-up worker sums them; then the caller ends the state. Killed at any point, the next call goes on after the last whole file.
 * @throws Error when a file has not the rows that the manifest says, or was sealed with another data secret
 */
export async function restore(
  database: Handles,
  log: Log,
  archive: ReadableArchive,
  state: RestoreState,
  progress: RestoreProgress,
): Promise<Restored> {
  const { db } = database
  await prepareCollections(database, [marksCollection, rollupsCollection, feedbackCollection])
  await state.begin()
  // While the log is empty: ids of restored events contain the type.
  await typedIdsSince(db, log)
  const horizons = await readHorizons(db, log)
  const keptSince = new Date(horizons.now.getTime() - (await logTtl(db, log.layout)))
  const isExpired = ({ path }: DataFile) => rangeOf(placeOf(path).day).to <= keptSince
  const { files } = archive.manifest
  const restored = { expired: 0 }
  for (const [done, file] of files.entries()) {
    progress('files', done, files.length)
    const { table } = placeOf(file.path)
    if (table === 'events' && isExpired(file)) restored.expired++
    else if (!state.isDone(file.path)) {
      await restoreFile(file, archive, { database, log, writer: new RollupWriter(database, horizons) })
      await state.note(file.path)
    }
  }
  progress('files', files.length, files.length)
  await raiseToArchive(db, archive.manifest.days('events')[0])
  await markSums(db)
  return restored
}

async function restoreFile(
  file: DataFile,
  { store, tables }: ReadableArchive,
  { database, log, writer }: { database: Handles; log: Log; writer: RollupWriter },
): Promise<void> {
  switch (placeOf(file.path).table) {
    case 'events':
      return restoreEvents(readThings(tables.events, file, store), log, writer)
    case 'feedback':
      return restoreFeedback(readThings(tables.feedback, file, store), database.db)
    case 'rollups':
      for await (const sums of readThings(tables.rollups, file, store)) for (const sum of sums) await writer.add(sum)
      return writer.flush()
  }
}
