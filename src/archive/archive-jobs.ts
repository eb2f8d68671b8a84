import { type ArchiveRun, archiveAll, type Progress } from './archive.ts'
import type { ArchiveSources } from './archive-day.ts'
import { whileLeased } from './archive-lease.ts'
import { type EraseProgress, eraseFromArchive } from './erase.ts'
import { type Archive, openArchive } from './open-archive.ts'
import type { TombstoneOf } from './people.ts'
import type { Store } from './store/store.ts'

/** What an archive is made with. */
interface JobParts {
  store: Store
  sources: ArchiveSources
  secret: string
  tombstoneOf: TombstoneOf
  /** Is told once that another process works; then this one waits. Without it, it gives up. */
  onBusy?: () => void
}

/** What can be done with an archive. One process at a time works, of all that share the database. */
export class ArchiveJobs {
  readonly store: Store
  readonly #parts: JobParts

  constructor(parts: JobParts) {
    this.store = parts.store
    this.#parts = parts
  }

  /** Brings the archive up to date. @throws ArchiveBusy when it gives up */
  archive(progress?: Progress): Promise<ArchiveRun> {
    return this.#work(archive => archiveAll(this.#parts.sources, archive, progress ? { progress } : {}))
  }

  /** Removes people. @returns the number of files that held one of them @throws ArchiveBusy when it gives up */
  erase(tombstones: Iterable<string>, progress?: EraseProgress): Promise<number> {
    return this.#work(archive => eraseFromArchive(new Set(tombstones), this.#parts.sources, archive, progress))
  }

  #work<Result>(work: (archive: Archive) => Promise<Result>): Promise<Result> {
    const { store, sources, secret, tombstoneOf, onBusy } = this.#parts
    return whileLeased(sources.db, async () => work(await openArchive(store, secret, tombstoneOf)), onBusy)
  }
}
