import type { LoggedEvent } from '../events/event.ts'
import type { Feedback } from '../feedback/feedback.ts'
import { type ArchiveSources, archiveDay } from './archive-day.ts'
import type { Day } from './day.ts'
import { type DataFile, placeOf } from './manifest.ts'
import type { Archive } from './open-archive.ts'
import { hasAny } from './people.ts'
import { readThings } from './read-file.ts'
import type { ArchiveTable } from './tables/archive-table.ts'
import { publish, writeFile } from './write-file.ts'

/** Is told how many files of how many are searched. */
export type EraseProgress = (task: 'erase', done: number, total: number) => void

/**
 * Rewrites the files that hold rows of people, without these, and then the roll-ups of their days. All other files stay as they are. Killed
 * at any point, the next call does the rest.
 * @param tombstones of the people
 * @returns the number of files that held one of them
 */
export async function eraseFromArchive(
  tombstones: ReadonlySet<string>,
  sources: ArchiveSources,
  archive: Archive,
  progress: EraseProgress = () => undefined,
): Promise<number> {
  const { files } = archive.manifest
  const days = new Set<Day>()
  let rewritten = 0
  for (const [done, file] of files.entries()) {
    progress('erase', done, files.length)
    if (!file.people || !(await holdsAny(tombstones, file, archive))) continue
    const { table, day } = placeOf(file.path)
    if (table === 'events') await rewrite(archive.tables.events, file, tombstones, archive)
    if (table === 'feedback') await rewrite(archive.tables.feedback, file, tombstones, archive)
    if (table === 'events') days.add(day)
    rewritten++
  }
  progress('erase', files.length, files.length)
  for (const day of days) await archiveDay(day, sources, archive)
  return rewritten
}

/** Whether a file may hold rows of one of the people; a list that is gone tells nothing. */
async function holdsAny(
  tombstones: ReadonlySet<string>,
  { path, people }: DataFile,
  { store, names }: Archive,
): Promise<boolean> {
  const list = people && (await store.read(people.path))
  return !list || hasAny(list, new Set([...tombstones].map(tombstone => names.nameOf(tombstone, path))))
}

async function rewrite<Thing extends LoggedEvent | Feedback>(
  table: ArchiveTable<Thing>,
  file: DataFile,
  tombstones: ReadonlySet<string>,
  archive: Archive,
): Promise<void> {
  let erased = file.erased ?? 0
  const isErased = (thing: Thing) => tombstones.has(archive.tombstoneOf(thing.person))
  async function* others(): AsyncGenerator<Thing[]> {
    for await (const things of readThings(table, file, archive.store)) {
      erased += things.filter(thing => isErased(thing) && 'type' in thing && !thing.automated).length
      yield things.filter(thing => !isErased(thing))
    }
  }
  const draft = await writeFile(table, placeOf(file.path).day, others(), archive, () => erased)
  await publish([draft], archive.manifest)
}
