import { parquet } from '../exports/parquet.ts'
import type { Values } from '../exports/table.ts'
import type { Day } from './day.ts'
import { HashedDraft, stored } from './hashed-draft.ts'
import { type DataFile, type ManifestFile, pathOf, peoplePathOf } from './manifest.ts'
import type { PeopleList, PeopleNames } from './people.ts'
import { put, type Store } from './store/store.ts'
import type { ArchiveTable } from './tables/archive-table.ts'

/** Rows in a row group. A larger group blocks the event loop for longer; each group needs 10 kB of memory until the file ends. */
const GROUP_SIZE = 2_500

/** Where files are written. */
export interface Target {
  store: Store
  manifest: ManifestFile
  names: PeopleNames
}

/** A file that is written, but not in its place yet. */
export interface FileDraft {
  /** What it will be; only the path where a file is removed. */
  file: DataFile | { path: string }
  hasChanged: boolean
  /** Puts the file and then its list of people into their places. */
  commit(): Promise<void>
  discard(): Promise<void>
}

/**
 * Writes things as the file of a table and a day; without any there is no file. Memory: a row group, 10 kB for each written one, and 100
 * bytes for each person.
 * @param erased returns the number of events that erasures have left out
 */
export async function writeFile<Thing>(
  table: ArchiveTable<Thing>,
  day: Day,
  things: AsyncIterable<Thing[]>,
  { store, manifest, names }: Target,
  erased: () => number = () => 0,
): Promise<FileDraft> {
  const path = pathOf(table.name, day)
  const draft = await HashedDraft.create(store, path)
  try {
    const people = table.personOf && names.listOf(path)
    const counted = { rows: 0 }
    const rows = rowsOf(table, things, people, counted)
    for await (const bytes of parquet(rows, table.columns, { groupSize: GROUP_SIZE, sorted: table.sorted }))
      await draft.write(bytes)
    const file: DataFile = {
      ...draft.end(),
      ...counted,
      schema: table.schema,
      ...(erased() > 0 ? { erased: erased() } : {}),
    }
    return fileDraft(file, draft, people, { store, manifest })
  } catch (error) {
    await draft.discard()
    throw error
  }
}

/** Yields rows in batches of just the size of a group: the bytes do not depend on how things are read. */
async function* rowsOf<Thing>(
  table: ArchiveTable<Thing>,
  things: AsyncIterable<Thing[]>,
  people: PeopleList | undefined,
  counted: { rows: number },
): AsyncGenerator<Values[]> {
  let group: Values[] = []
  for await (const batch of things) {
    for (const thing of batch) {
      people?.add(table.personOf?.(thing) ?? '')
      group.push(table.rowOf(thing))
      counted.rows++
      if (group.length < GROUP_SIZE) continue
      yield group
      group = []
    }
  }
  if (group.length > 0) yield group
}

function fileDraft(
  written: DataFile,
  draft: HashedDraft,
  list: PeopleList | undefined,
  { store, manifest }: Omit<Target, 'names'>,
): FileDraft {
  const { path } = written
  const former = manifest.files.find(known => known.path === path)
  const discard = () => draft.discard()
  if (written.rows === 0) {
    const hasChanged = former !== undefined
    const remove = removal(path, store)
    const commit = async () => {
      await draft.discard()
      await remove.commit()
    }
    return { ...remove, hasChanged, commit, discard }
  }
  const bytes = list?.bytes()
  const people = bytes && list && { ...stored(peoplePathOf(path), bytes), count: list.size }
  const isListNew = people?.sha256 !== former?.people?.sha256
  const isNew = written.sha256 !== former?.sha256
  return {
    file: people ? { ...written, people } : written,
    hasChanged: isNew || isListNew,
    async commit() {
      await (isNew ? draft.commit() : draft.discard())
      // Last: as long as a list names somebody, an erasure looks into the file.
      if (bytes && people && isListNew) await put(store, people.path, bytes)
    },
    discard,
  }
}

/** Returns the removal of a file and its list. */
export function removal(path: string, store: Store): FileDraft {
  return {
    file: { path },
    hasChanged: true,
    async commit() {
      await store.remove(peoplePathOf(path))
      await store.remove(path)
    },
    discard: async () => undefined,
  }
}

/** Puts files into their places and notes them in the manifest. @returns the number of those that have changed */
export async function publish(drafts: FileDraft[], manifest: ManifestFile): Promise<number> {
  const changed = drafts.filter(({ hasChanged }) => hasChanged)
  for (const draft of drafts) {
    if (draft.hasChanged) continue
    await draft.discard()
    // What the manifest tells of the same rows may differ.
    if ('rows' in draft.file) manifest.set(draft.file.path, draft.file)
  }
  await manifest.replace(
    changed.map(({ file }) => file),
    async () => {
      for (const draft of changed) await draft.commit()
    },
  )
  return changed.length
}
