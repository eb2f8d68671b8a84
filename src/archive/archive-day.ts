import type { mongo } from 'mongoose'
import type { LoggedEvent } from '../events/event.ts'
import type { Log } from '../events/log/log.ts'
import type { TimeRange } from '../events/log/scan.ts'
import { completeSince, SLACK_MS } from '../rollups/retention-horizons.ts'
import { type Day, rangeOf } from './day.ts'
import type { Archive } from './open-archive.ts'
import { imageRanges } from './sources/image-ranges.ts'
import { eventsOf } from './sources/read-events.ts'
import { rollupsOf, settledRevision } from './sources/read-rollups.ts'
import { type FileDraft, publish, writeFile } from './write-file.ts'

/** How often a day is read again when it has changed meanwhile; then it waits for the next run. */
const ATTEMPTS = 3

/** What is archived. */
export interface ArchiveSources {
  db: mongo.Db
  log: Pick<Log, 'read'>
  /** Returns whether people are erased: their rows are left out. Called for each day. */
  readErased(): Promise<{ has(person: string): boolean }>
}

/** What became of a day. It waits while the roll-up worker has yet to sum a change of its log. */
type Outcome = { state: 'unchanged' | 'waiting' } | { state: 'archived'; written: number }

/**
 * Archives events and roll-ups of a day, unless nothing has changed since it was archived last. Its files are put into place only when
 * neither log nor roll-ups have changed while they were read. What has begun to expire is not written again.
 */
export async function archiveDay(day: Day, sources: ArchiveSources, archive: Archive): Promise<Outcome> {
  const { revisions } = archive
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const revision = await settledRevision(sources.db, day)
    if (revision === undefined) return { state: 'waiting' }
    if (revisions.of(day) === revision) return { state: 'unchanged' }
    const drafts = await draftsOf(day, sources, archive)
    if ((await settledRevision(sources.db, day)) !== revision) {
      for (const draft of drafts) await draft.discard()
      continue
    }
    const written = await publish(drafts, archive.manifest)
    await revisions.set(day, revision)
    return { state: 'archived', written }
  }
  return { state: 'waiting' }
}

async function draftsOf(day: Day, { db, log, readErased }: ArchiveSources, archive: Archive): Promise<FileDraft[]> {
  const { manifest, tables } = archive
  const range = rangeOf(day)
  const images = await imageRanges(db, day)
  const drafts: FileDraft[] = []
  if (await isWhole(range, 'log', db)) {
    const erased = await readErased()
    const events = withoutErased(eventsOf(day, images, log), erased)
    drafts.push(await writeFile(tables.events, day, events, archive))
  }
  // Days outlive their hours: the file of such a day stays as it is.
  if ((await isWhole(range, 'hour', db)) || !manifest.file('rollups', day))
    drafts.push(await writeFile(tables.rollups, day, rollupsOf(day, images, db), archive))
  return drafts
}

/** Whether nothing of a day has expired. */
async function isWhole({ from }: TimeRange, source: 'log' | 'hour', db: mongo.Db): Promise<boolean> {
  return from.getTime() >= (await completeSince(db, source)).getTime() + SLACK_MS
}

/** Leaves out the things of erased people. */
export async function* withoutErased<Thing extends Pick<LoggedEvent, 'person'>>(
  things: AsyncIterable<Thing[]>,
  erased: { has(person: string): boolean },
): AsyncGenerator<Thing[]> {
  for await (const batch of things) yield batch.filter(({ person }) => !erased.has(person))
}
