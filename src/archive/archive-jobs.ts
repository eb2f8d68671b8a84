import { type ArchiveRun, archiveAll, type Progress } from './archive.ts'
import type { ArchiveSources } from './archive-day.ts'
import { whileLeased } from './archive-lease.ts'
import { type EraseProgress, eraseFromArchive } from './erase.ts'
import { type Archive, openArchive } from './open-archive.ts'
import type { TombstoneOf } from './people.ts'
import type { Store } from './store/store.ts'

/** What can be done with an archive. One process at a time works, of all that share the database. */
export class ArchiveJobs {
  readonly store: Store
  readonly #sources: ArchiveSources
  readonly #open: () => Promise<Archive>

  constructor(store: Store, sources: ArchiveSources, secret: string, tombstoneOf: TombstoneOf) {
    this.store = store
    this.#sources = sources
    this.#open = () => openArchive(store, secret, tombstoneOf)
  }

  /** Brings the archive up to date. @throws ArchiveBusy while another process works */
  archive(progress?: Progress): Promise<ArchiveRun> {
    return this.#work(archive => archiveAll(this.#sources, archive, progress ? { progress } : {}))
  }

  /** Removes people. @returns the number of files that held one of them @throws ArchiveBusy while another process works */
  erase(tombstones: Iterable<string>, progress?: EraseProgress): Promise<number> {
    return this.#work(archive => eraseFromArchive(new Set(tombstones), this.#sources, archive, progress))
  }

  #work<Result>(work: (archive: Archive) => Promise<Result>): Promise<Result> {
    return whileLeased(this.#sources.db, async () => work(await this.#open()))
  }
}
