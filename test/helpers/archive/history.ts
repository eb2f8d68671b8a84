import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import type { Test } from 'tap'
import { randomFrom } from '../../../scripts/lib/random.ts'
import { type ArchiveRun, archiveAll } from '../../../src/archive/archive.ts'
import { eraseFromArchive } from '../../../src/archive/erase.ts'
import { openArchive } from '../../../src/archive/open-archive.ts'
import { FolderStore } from '../../../src/archive/store/folder-store.ts'
import { put, type Store } from '../../../src/archive/store/store.ts'
import { type ArchiveDifference, verifyArchive } from '../../../src/archive/verify-archive.ts'
import { prepareCollections } from '../../../src/database/collections.ts'
import { EVENT_TYPES, type LoggedEvent } from '../../../src/events/event.ts'
import { flush } from '../../../src/events/ingest/flush.ts'
import { removeFeedback } from '../../../src/feedback/remove-feedback.ts'
import { nextPieceOfLog, removeFromLog } from '../../../src/privacy/erasure/erase-from-log.ts'
import { erasuresCollection } from '../../../src/privacy/erasure/receipt.ts'
import { Receipts } from '../../../src/privacy/erasure/receipts.ts'
import { tombstoneReader } from '../../../src/privacy/erasure/tombstones.ts'
import { anEntry, DAY, SECRET } from '../log.ts'
import { aRollupWorld } from '../roll-ups.ts'

export const PEOPLE = ['0190-ann', 'a:shop:ben', 'v:shop:cleo', 'v:shop:dan']
export const IMAGES = ['boats', 'hills', 'lake']

/** A log of past days with roll-ups and feedback, and what archives it. */
export type History = Awaited<ReturnType<typeof aHistory>>

/** Returns the beginning of the day that lies so many days back. */
export function daysAgo(days: number): Date {
  return new Date(Math.floor(Date.now() / DAY) * DAY - days * DAY)
}

export function nameOf(day: Date): string {
  return day.toISOString().slice(0, 10)
}

/** Returns a folder that is removed after the test. */
export async function aFolder(t: Pick<Test, 'teardown'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'glance-archive-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Returns the content of all files in a folder, by path; of a file that goes meanwhile nothing. */
export async function filesIn(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const contents = await Promise.all(
    paths.sort().map(async path => {
      const content = await readFile(path).catch(error => {
        if (error.code !== 'ENOENT') throw error
      })
      return content ? [[relative(folder, path), content] as const] : []
    }),
  )
  return new Map(contents.flat())
}

/** Returns the paths of the files whose bytes differ. */
export function changedIn(before: Map<string, Buffer>, after: Map<string, Buffer>): string[] {
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths].filter(path => !before.get(path)?.equals(after.get(path) ?? Buffer.of(1))).sort()
}

/** Returns a store that fails at its nth step, as one does whose process is killed. */
export function dyingAt(n: number, store: Store): Store {
  let left = n
  const step = () => {
    if (left-- === 0) throw new Error('killed')
  }
  return {
    name: store.name,
    read: (path, range) => store.read(path, range),
    async remove(path) {
      step()
      await store.remove(path)
    },
    async create(path) {
      step()
      const written: Uint8Array[] = []
      return {
        async write(bytes) {
          step()
          written.push(bytes)
        },
        async commit() {
          step()
          await put(store, path, Buffer.concat(written))
          step()
        },
        discard: async () => undefined,
      }
    },
  }
}

/** Returns the rows of a Parquet file. */
export async function rowsIn(bytes: Buffer | undefined): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: new Uint8Array(bytes ?? Buffer.alloc(0)).buffer, utf8: false })
}

/** Opens an empty history: a database of the test's own, in which nothing rolls up by itself. */
export async function aHistory(t: Test) {
  const world = await aRollupWorld(t)
  const { db, log } = world
  await prepareCollections(world.database, [erasuresCollection])
  const parts = await world.flushParts()
  const receipts = new Receipts(db, SECRET)
  const tombstoneOf = (person: string) => receipts.tombstoneOf(person)
  const sources = { db, log, readErased: tombstoneReader(db, receipts) }
  const worker = world.aWorker()
  const open = (store: Store) => openArchive(store, SECRET, tombstoneOf)

  return {
    ...world,
    sources,
    receipts,
    open,
    worker,
    /** Stores events, as ingest does. */
    async stores(events: Partial<LoggedEvent>[]): Promise<void> {
      await flush(
        events.map(event => anEntry(event.imageId ?? 'lake', event)),
        parts,
      )
    },
    rollsUp: () => world.untilQuiet(worker),
    /** Erases a person from the database, with the receipt that an erasure has. */
    async erases(person: string): Promise<void> {
      await receipts.open(person)
      for (let piece = await nextPieceOfLog(person, log); piece; piece = await nextPieceOfLog(person, log))
        await removeFromLog(person, piece, { db, log })
      await removeFeedback({ person }, db, parts.writerMarks)
      await world.untilQuiet(worker)
    },
    /** Erases everybody who has a receipt from an archive. */
    async erasesFrom(to: string | Store): Promise<number> {
      const store = typeof to === 'string' ? new FolderStore(to) : to
      return eraseFromArchive(new Set(await receipts.tombstones()), sources, await open(store))
    },
    /** What differs between an archive and the roll-ups. */
    async differencesTo(folder: string): Promise<ArchiveDifference[]> {
      const store = new FolderStore(folder)
      const { manifest } = await open(store)
      const found = []
      for await (const difference of verifyArchive({ store, manifest }, db, { from: new Date(0), to: new Date() }))
        found.push(difference)
      return found
    },
    async archives(to: string | Store): Promise<ArchiveRun> {
      const store = typeof to === 'string' ? new FolderStore(to) : to
      return archiveAll(sources, await open(store))
    },
  }
}

/** Returns random events of all types on a day, always the same for a seed. */
export function someEvents(day: Date, count: number, seed = 1, people = PEOPLE): Partial<LoggedEvent>[] {
  const random = randomFrom(seed)
  const one = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item
  return Array.from({ length: count }, () => {
    const type = one(EVENT_TYPES)
    return {
      imageId: one(IMAGES),
      at: new Date(day.getTime() + Math.floor(random() * DAY)),
      type,
      person: one(people),
      ...(type === 'dwell' ? { durationMs: Math.floor(random() * 60_000) } : {}),
      ...(type === 'scroll' ? { depth: random() } : {}),
      ...(type === 'zoom' ? { scale: 1 + random() } : {}),
      ...(type === 'rating' ? { value: 1 + Math.floor(random() * 5) } : {}),
      ...(type === 'tag' || type === 'untag' ? { tag: one(['Sea', 'sky', 'a "quoted" one']) } : {}),
      ...(random() < 0.5 ? { geography: { country: one(['CH', 'DE', 'FR']), city: one(['Bern', 'Ulm']) } } : {}),
      ...(random() < 0.5 ? { sessionId: `s${Math.floor(random() * 9)}`, position: 3, listId: 'home' } : {}),
      ...(random() < 0.3 ? { context: { page: '/home', width: 3.5, dark: true } } : {}),
      ...(random() < 0.1 && type === 'view' ? { automated: true as const } : {}),
    }
  })
}
