import type { ArchiveSources } from './archive-day.ts'
import { withoutErased } from './archive-day.ts'
import type { Day } from './day.ts'
import type { Archive } from './open-archive.ts'
import { feedbackOf } from './sources/read-feedback.ts'
import { removeFile, writeFile } from './write-file.ts'

/**
 * Archives the feedback that was changed last on a day. All of it is read: a change moves a feedback from the file of one day to that of
 * another, and leaves no trace in the first.
 * @returns whether the file has changed
 */
export async function archiveFeedback(
  day: Day,
  { db, readErased }: ArchiveSources,
  archive: Archive,
): Promise<boolean> {
  const feedback = withoutErased(feedbackOf(day, db), await readErased())
  const draft = await writeFile(archive.tables.feedback, day, feedback, archive)
  const hasChanged = await draft.commit()
  if (hasChanged) await archive.manifest.write()
  return hasChanged
}

/** Removes the files of days on which no feedback was changed last any more. @returns their number */
export async function removeFeedbackExcept(days: Day[], archive: Archive): Promise<number> {
  const { manifest } = archive
  const gone = manifest.days('feedback').filter(day => !days.includes(day))
  for (const day of gone) {
    const file = manifest.file('feedback', day)
    if (file) await removeFile(file, archive)
  }
  if (gone.length > 0) await manifest.write()
  return gone.length
}
