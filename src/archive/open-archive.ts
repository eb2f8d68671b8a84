import { fingerprintOf } from '../database/data-secret.ts'
import type { LoggedEvent } from '../events/event.ts'
import type { Feedback } from '../feedback/feedback.ts'
import { ManifestFile } from './manifest.ts'
import { PeopleNames, type TombstoneOf } from './people.ts'
import { Revisions } from './revisions.ts'
import type { Store } from './store/store.ts'
import type { ArchiveTable } from './tables/archive-table.ts'
import { eventArchiveTable } from './tables/event-archive-table.ts'
import { feedbackArchiveTable } from './tables/feedback-archive-table.ts'
import { type BucketSum, rollupArchiveTable } from './tables/rollup-archive-table.ts'
import type { Target } from './write-file.ts'

/** An archive that is open for reading and writing. */
export interface Archive extends Target {
  revisions: Revisions
  tables: ArchiveTables
  tombstoneOf: TombstoneOf
}

/** The tables of an archive. */
export interface ArchiveTables {
  events: ArchiveTable<LoggedEvent>
  feedback: ArchiveTable<Feedback>
  rollups: ArchiveTable<BucketSum>
}

/** Opens the archive in a store, which may be empty. @throws Error when it was written with another data secret */
export async function openArchive(store: Store, secret: string, tombstoneOf: TombstoneOf): Promise<Archive> {
  return {
    store,
    manifest: await ManifestFile.read(store, fingerprintOf(secret)),
    revisions: await Revisions.read(store),
    names: new PeopleNames(secret, tombstoneOf),
    tables: archiveTables(secret),
    tombstoneOf,
  }
}

/** Returns the tables of archives that are written with a data secret. */
export function archiveTables(secret: string): ArchiveTables {
  return { events: eventArchiveTable(secret), feedback: feedbackArchiveTable(secret), rollups: rollupArchiveTable }
}
