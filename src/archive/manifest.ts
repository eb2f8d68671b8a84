import type { Day } from './day.ts'
import { faultOf, type StoredFile } from './store/fault.ts'
import { put, type Store } from './store/store.ts'
import { TABLE_NAMES, type TableName } from './tables/archive-table.ts'

export const MANIFEST = 'manifest.json'
const FORMAT = 1

/** A file of rows. */
export interface DataFile extends StoredFile {
  rows: number
  /** Version of the columns of its table. */
  schema: number
  /** The list of the people whose rows it holds, for tables with people. */
  people?: StoredFile & { count: number }
  /** Number of counted events that erasures have removed from the file since it was written from the log. */
  erased?: number
}

/** What an archive holds. The same data give the same bytes. */
interface Manifest {
  format: typeof FORMAT
  /** Fingerprint of the data secret: with another one pseudonyms differ, and nothing can be restored. */
  dataSecret: string
  files: DataFile[]
  /** Files that are just being put into their places, or removed: of each it is not known whether that is done. */
  replacing?: Change[]
}

/** A file that replaces the one of that path, or only the path of one that is removed. */
type Change = DataFile | { path: string }

/** The manifest of an archive in memory, and the way back to its store. */
export class ManifestFile {
  readonly #store: Store
  readonly #dataSecret: string
  readonly #files: Map<string, DataFile>
  #written: string

  private constructor(store: Store, dataSecret: string, files: DataFile[], written: string) {
    this.#store = store
    this.#dataSecret = dataSecret
    this.#files = new Map(files.map(file => [file.path, file]))
    this.#written = written
  }

  /**
   * Reads the manifest of an archive; an archive without one is empty. After a process was killed it looks which files are in their places.
   * @throws Error when it was written with another data secret, or by a later version
   */
  static async read(store: Store, dataSecret: string): Promise<ManifestFile> {
    const bytes = await store.read(MANIFEST)
    if (!bytes) return new ManifestFile(store, dataSecret, [], '')
    const text = bytes.toString()
    const { format, dataSecret: theirs, files, replacing = [] } = JSON.parse(text) as Manifest
    if (format !== FORMAT) throw new Error(`${store.name}: the format of the manifest is ${format}, not ${FORMAT}`)
    if (theirs !== dataSecret) throw new Error(`${store.name}: the archive was written with another DATA_SECRET`)
    const manifest = new ManifestFile(store, dataSecret, files, text)
    for (const change of replacing) await manifest.#look(change)
    return manifest
  }

  /** The files, sorted by path. */
  get files(): DataFile[] {
    return [...this.#files.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  /** Returns the file of a table and a day. */
  file(table: TableName, day: Day): DataFile | undefined {
    return this.#files.get(pathOf(table, day))
  }

  /** Returns the days that a table has files of, in their order. */
  days(table: TableName): Day[] {
    return this.files.map(({ path }) => placeOf(path)).flatMap(place => (place.table === table ? [place.day] : []))
  }

  /** Notes a file, or that it is gone. */
  set(path: string, file: DataFile | undefined): void {
    if (file) this.#files.set(path, file)
    else this.#files.delete(path)
  }

  /**
   * Changes files in the store: tells of it in the manifest before, so that a killed process leaves no file of which the manifest does not
   * know.
   * @param commit puts the files into their places
   */
  async replace(changes: Change[], commit: () => Promise<void>): Promise<void> {
    if (changes.length > 0) await this.#put(changes)
    await commit()
    for (const change of changes) this.set(change.path, isFile(change) ? change : undefined)
    await this.write()
  }

  /** Replaces the manifest in the store, if it has changed. */
  async write(): Promise<void> {
    await this.#put([])
  }

  async #put(replacing: Change[]): Promise<void> {
    const manifest: Manifest = {
      format: FORMAT,
      dataSecret: this.#dataSecret,
      files: this.files,
      ...(replacing.length > 0 ? { replacing } : {}),
    }
    const text = `${JSON.stringify(manifest, null, 2)}\n`
    if (text === this.#written) return
    await put(this.#store, MANIFEST, Buffer.from(text))
    this.#written = text
  }

  /** Notes a change if it has been made. */
  async #look(change: Change): Promise<void> {
    const { path } = change
    if (!isFile(change)) {
      if (!(await this.#store.read(path, { from: 0, to: 1 }))) this.set(path, undefined)
      return
    }
    if (await faultOf(change, this.#store)) return
    if (!change.people || !(await faultOf(change.people, this.#store))) {
      this.set(path, change)
      return
    }
    // The list comes after the file: the former one names more people, and serves until the new one is written.
    const people = this.#files.get(path)?.people
    if (people) this.set(path, { ...change, people })
  }
}

function isFile(change: Change): change is DataFile {
  return 'rows' in change
}

/** Returns the path of the file of a table and a day. */
export function pathOf(table: TableName, day: Day): string {
  return `${table}/date=${day}/part-0.parquet`
}

/** Returns the path of the list of people of a file. */
export function peoplePathOf(path: string): string {
  return `people/${path.replace(/\.parquet$/, '.txt')}`
}

/** Returns the table and the day of a file. @throws Error for the path of another file */
export function placeOf(path: string): { table: TableName; day: Day } {
  const [, name, day = ''] = /^(\w+)\/date=([\d-]+)\//.exec(path) ?? []
  const table = TABLE_NAMES.find(known => known === name)
  if (!table) throw new Error(`${path} is not a file of an archive`)
  return { table, day }
}
