import type { Handles } from '../../../src/database/connect.ts'
import type { LoggedEvent } from '../../../src/events/event.ts'
import type { Log } from '../../../src/events/log/log.ts'
import { type Bucket, bucketOf, bucketsAbove, distinct } from '../../../src/events/marks/buckets.ts'
import { feedbackId } from '../../../src/feedback/feedback.ts'
import { tagFields } from '../../../src/images/image.ts'
import { findReport } from '../../../src/reports/catalogue.ts'
import { readParams } from '../../../src/reports/params.ts'
import type { Report, Row } from '../../../src/reports/report.ts'
import { type ReportResult, runReport } from '../../../src/reports/run-report.ts'
import { rollUpBuckets } from '../../../src/rollups/aggregation/roll-up-buckets.ts'
import { anEvent } from '../log.ts'

const AT_ONCE = 500
/** The time limit of reports, which also a busy machine keeps. */
export const REPORT_MS = 120_000

/** The data that reports are asked about. */
export interface Story {
  events: LoggedEvent[]
  images: { _id: string; title: string; tags: string[]; uploadedAt: Date; visibility?: 'private' }[]
  users: { _id: string; createdAt: Date }[]
  /** Reactions that stand now. A liked image is saved as well. */
  likes: { person: string; imageId: string; reaction?: 'dislike'; rating?: number }[]
}

/** Stores a story and its roll-ups, as a service that has finished its work would have. */
export async function tellStory({ events, images, users, likes }: Story, { db, client }: Handles, log: Log) {
  const feedback = likes.map(({ person, imageId, reaction = 'like', rating = null }) => {
    const saved = { value: reaction === 'like' }
    return {
      _id: feedbackId(person, imageId),
      person,
      imageId,
      reaction: { value: reaction },
      saved,
      rating: { value: rating },
      updatedAt: new Date(),
    }
  })
  const tagged = images.map(image => ({ ...image, ...tagFields(image.tags) }))
  const collections = { images: tagged, users, feedback }
  for (const [name, documents] of Object.entries(collections)) {
    const unlike = (document: object, i: number) => ({
      emailKey: `${i}`,
      ownerId: `${i}`,
      visibility: 'public',
      ...document,
    })
    if (documents.length > 0) await db.collection<object>(name).insertMany(documents.map(unlike))
  }
  for (let from = 0; from < events.length; from += AT_ONCE) await log.insert(events.slice(from, from + AT_ONCE))
  const imageIds = [...events, ...likes].map(({ imageId }) => imageId)
  const current = distinct(imageIds.map((imageId): Bucket => ({ imageId, grain: 'current', start: null })))
  await fold(current, { db, client }, log)
  let level = distinct(events.map(({ imageId, at }) => bucketOf(imageId, 'minute', at)))
  while (level.length > 0) {
    await fold(level, { db, client }, log)
    level = distinct(level.flatMap(bucketsAbove))
    // The hours of the site are summed from the hours of all images, and its days from its hours.
    const site = level.filter(({ imageId, grain }) => imageId === 'all' && grain === 'hour')
    await fold(
      level.filter(bucket => !site.includes(bucket)),
      { db, client },
      log,
    )
    await fold(site, { db, client }, log)
  }
}

async function fold(buckets: Bucket[], { db, client }: Handles, log: Log): Promise<void> {
  for (const grain of ['current', 'minute', 'hour', 'day', 'month', 'total']) {
    const same = buckets.filter(bucket => bucket.grain === grain)
    for (let from = 0; from < same.length; from += AT_ONCE) {
      const some = same.slice(from, from + AT_ONCE)
      await client.withSession(session => rollUpBuckets(some, { db, log }, session))
    }
  }
}

/** Runs a report as of `now`. Its people keep their names instead of pseudonyms. */
export async function ask(
  name: string,
  texts: Record<string, string>,
  { db, log, now, change = report => report }: Asking,
): Promise<ReportResult> {
  const report = findReport(name)
  if (!report) throw new Error(`there is no report ${name}`)
  const parts = { db, log, pseudonym: (person: string) => person, personKey: 'key' }
  return runReport(change(report), readParams(report, texts, now), parts, { time: REPORT_MS })
}

export interface Asking {
  db: Handles['db']
  log: Log
  now: Date
  change?: (report: Report) => Report
}

/** Some columns of all rows. */
export function columns(rows: Row[], ...names: string[]): unknown[][] {
  return rows.map(row => names.map(name => row[name]))
}

/** An event `ms` milliseconds after `start`. */
export function after(start: Date, ms: number, person: string, type: LoggedEvent['type'], imageId: string, more = {}) {
  return anEvent(imageId, { at: new Date(start.getTime() + ms), person, type, ...more })
}
