import { type ArchiveSources, archiveDay } from './archive-day.ts'
import { archiveFeedback, removeFeedbackExcept } from './archive-feedback.ts'
import { type Day, dayOf } from './day.ts'
import type { Archive } from './open-archive.ts'
import { daysOfFeedback } from './sources/read-feedback.ts'
import { daysOfRollups } from './sources/read-rollups.ts'

/** What a run of the archive has done. */
export interface ArchiveRun {
  /** Number of files that were written or removed. */
  changed: number
  /** Days that are over, but wait until the roll-up worker has summed the last changes of their log. */
  waiting: Day[]
}

/** Is told how many days of how many are done. */
export type Progress = (task: 'days' | 'feedback', done: number, total: number) => void

/**
 * Brings an archive up to date: writes each day that is over and has changed since, then the feedback. Killed at any point it leaves whole
 * files; the next run goes on and gives the same result.
 * @param now the time that decides which days are over
 */
export async function archiveAll(
  sources: ArchiveSources,
  archive: Archive,
  { now = new Date(), progress = () => undefined }: { now?: Date; progress?: Progress } = {},
): Promise<ArchiveRun> {
  const run: ArchiveRun = { changed: 0, waiting: [] }
  const today = dayOf(now)
  const over = (await daysOfRollups(sources.db)).filter(day => day < today)
  for (const [done, day] of over.entries()) {
    progress('days', done, over.length)
    const outcome = await archiveDay(day, sources, archive)
    if (outcome.state === 'waiting') run.waiting.push(day)
    if (outcome.state === 'archived') run.changed += outcome.written
  }
  progress('days', over.length, over.length)
  const days = await daysOfFeedback(sources.db)
  for (const [done, day] of days.entries()) {
    progress('feedback', done, days.length)
    run.changed += await archiveFeedback(day, sources, archive)
  }
  progress('feedback', days.length, days.length)
  run.changed += await removeFeedbackExcept(days, archive)
  await archive.manifest.write()
  return run
}
