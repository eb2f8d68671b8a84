import { parquet } from '../exports/parquet.ts'
import type { Values } from '../exports/table.ts'
import type { Day } from './day.ts'
import { HashedDraft } from './hashed-draft.ts'
import { type DataFile, type ManifestFile, pathOf, peoplePathOf } from './manifest.ts'
import type { PeopleList, PeopleNames } from './people.ts'
import type { Store } from './store/store.ts'
import type { ArchiveTable } from './tables/archive-table.ts'

/** Rows in a row group. A larger group blocks the event loop for longer; each group needs 10 kB of memory until the file ends. */
const GROUP_SIZE = 5_000

/** Where files are written. */
export interface Target {
  store: Store
  manifest: ManifestFile
  names: PeopleNames
}

/** A file that is written, but not in its place yet. */
export interface FileDraft {
  /** Puts the file and its list of people into their places and notes them in the manifest, unless nothing has changed. */
  commit(): Promise<boolean>
  discard(): Promise<void>
}

/**
 * Writes things as the file of a table and a day; without any there is no file. Memory: a row group, 10 kB for each written one, and 100
 * bytes for each person.
 * @param erased number of events that an erasure leaves out
 */
export async function writeFile<Thing>(
  table: ArchiveTable<Thing>,
  day: Day,
  things: AsyncIterable<Thing[]>,
  { store, manifest, names }: Target,
  erased?: number,
): Promise<FileDraft> {
  const path = pathOf(table.name, day)
  const draft = await HashedDraft.create(store, path)
  try {
    const people = table.personOf && names.listOf(path)
    const counted = { rows: 0 }
    const rows = rowsOf(table, things, people, counted)
    for await (const bytes of parquet(rows, table.columns, { groupSize: GROUP_SIZE, sorted: table.sorted }))
      await draft.write(bytes)
    const file: DataFile = { ...draft.end(), ...counted, schema: table.schema, ...(erased ? { erased } : {}) }
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
  file: DataFile,
  draft: HashedDraft,
  people: PeopleList | undefined,
  { store, manifest }: Omit<Target, 'names'>,
): FileDraft {
  const { path } = file
  const former = manifest.files.find(known => known.path === path)
  return {
    discard: () => draft.discard(),
    async commit() {
      if (file.rows === 0) {
        await draft.discard()
        if (former) await removeFile(former, { store, manifest })
        return former !== undefined
      }
      if (former?.sha256 === file.sha256) {
        await draft.discard()
        // The same rows: only what the manifest tells of them may differ.
        manifest.set(path, { ...file, ...(former.people ? { people: former.people } : {}) })
        return false
      }
      manifest.set(path, people ? { ...file, people: await writeList(peoplePathOf(path), people, store) } : file)
      await draft.commit()
      return true
    },
  }
}

async function writeList(path: string, people: PeopleList, store: Store): Promise<NonNullable<DataFile['people']>> {
  const draft = await HashedDraft.create(store, path)
  await draft.write(people.bytes())
  await draft.commit()
  return { ...draft.end(), count: people.size }
}

/** Removes a file and its list. The manifest names it until it is written: a killed process leaves nothing that it does not name. */
export async function removeFile(
  { path, people }: DataFile,
  { store, manifest }: Omit<Target, 'names'>,
): Promise<void> {
  await store.remove(path)
  if (people) await store.remove(people.path)
  manifest.set(path, undefined)
}
