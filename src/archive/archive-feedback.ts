import type { ArchiveSources } from './archive-day.ts'
import { withoutErased } from './archive-day.ts'
import type { Day } from './day.ts'
import { pathOf } from './manifest.ts'
import type { Archive } from './open-archive.ts'
import { feedbackOf } from './sources/read-feedback.ts'
import { publish, removal, writeFile } from './write-file.ts'

/**
 * Archives the feedback that was changed last on a day. All of it is read: a change moves a feedback from the file of one day to that of
 * another, and leaves no trace in the first.
 * @returns the number of files that have changed
 */
export async function archiveFeedback(day: Day, { db, readErased }: ArchiveSources, archive: Archive): Promise<number> {
  const feedback = withoutErased(feedbackOf(day, db), await readErased())
  return publish([await writeFile(archive.tables.feedback, day, feedback, archive)], archive.manifest)
}

/** Removes the files of days on which no feedback was changed last any more. @returns their number */
export function removeFeedbackExcept(days: Day[], { store, manifest }: Archive): Promise<number> {
  const gone = manifest.days('feedback').filter(day => !days.includes(day))
  return publish(
    gone.map(day => removal(pathOf('feedback', day), store)),
    manifest,
  )
}
