import type { mongo } from 'mongoose'
import { CURRENT_READ } from '../../database/connect.ts'
import { type Bucket, bucketKey, SITE } from '../../events/marks/buckets.ts'
import { type Mark, readMarks } from '../../events/marks/marks.ts'
import { type DueMark, isFreshMinute, rollUpMarks, type WorkerParts } from './roll-up-marks.ts'
import type { SlowLane } from './slow-lane.ts'

/** Reading a mark is cheap beside a roll-up: reading many finds those that wait longest. */
const MARKS_READ = 1_000
const BATCH_SIZE = 200

/** The position of the circular scan over all marks. */
export interface MarkScan {
  after: Bucket | undefined
}

/** How long the roll-ups of a round took, in ms. */
export interface Durations {
  /** Those of minutes that are still being written to, and will be rolled up again. */
  fresh: number
  /** All others. */
  others: number
}

/** Runs one round: reads the newest marks and the next ones of the circular scan, then rolls up the due buckets that have waited longest. */
export async function round(
  parts: WorkerParts,
  scan: MarkScan,
  lane: SlowLane,
  session: mongo.ClientSession,
): Promise<Durations> {
  parts.schedule.beginRound()
  return rollUpUpwards(await pick(parts, scan, session), parts, lane, session)
}

/** Rolls up the buckets of those of the marks that are due, from the shortest grain to the longest, with those that become due above. */
export async function rollUpUpwards(
  marks: Mark[],
  parts: WorkerParts,
  lane: SlowLane,
  session: mongo.ClientSession,
): Promise<Durations> {
  const { schedule } = parts
  const durations = { fresh: 0, others: 0 }
  const waiting = new Map<string, DueMark>()
  const add = (found: Mark[]) => {
    schedule.note(found)
    for (const mark of found) {
      const due = schedule.due(mark)
      if (due) waiting.set(bucketKey(mark._id), { mark, settled: due !== 'fresh' })
    }
  }
  add(marks)
  for (const level of LEVELS) {
    const started = performance.now()
    const group = [...waiting.values()].filter(due => levelOf(due) === level)
    const slow = group.filter(({ mark }) => schedule.isSlow(mark._id))
    for (const due of slow) lane.offer(due)
    const quick = group.filter(due => !slow.includes(due))
    for (let from = 0; from < quick.length; from += BATCH_SIZE) {
      add(await rollUpMarks(quick.slice(from, from + BATCH_SIZE), parts, session))
    }
    durations[level === 'fresh' ? 'fresh' : 'others'] += performance.now() - started
  }
  return durations
}

/** The order of a round, so that each level reads what the one below has just written; the site's hours follow those of images. */
const LEVELS = ['current', 'fresh', 'minute', 'hour', 'site', 'day', 'month', 'total'] as const

function levelOf(due: DueMark): (typeof LEVELS)[number] {
  const { imageId, grain } = due.mark._id
  if (isFreshMinute(due)) return 'fresh'
  return grain === 'hour' && imageId === SITE ? 'site' : grain
}

/** Reads the marks that are due; the schedule forgets those that no longer exist. */
async function pick({ db, schedule }: WorkerParts, scan: MarkScan, session: mongo.ClientSession): Promise<Mark[]> {
  const marks = db.collection<Mark>('marks')
  const options = { ...CURRENT_READ, session, limit: MARKS_READ }
  schedule.note(await marks.find({}, { ...options, sort: { start: -1 } }).toArray())
  if (schedule.hasRoom) schedule.note(await nextOfScan(marks, scan, options))
  const due = schedule.longestDue()
  const existing = await readMarks(db, due, session)
  const found = new Set(existing.map(({ _id }) => bucketKey(_id)))
  schedule.forget(due.filter(bucket => !found.has(bucketKey(bucket))))
  return existing
}

/** Reads the next marks in the order of their ids; after the last one the scan begins anew. */
async function nextOfScan(
  marks: mongo.Collection<Mark>,
  scan: MarkScan,
  options: mongo.FindOptions & { limit: number },
): Promise<Mark[]> {
  const beyond = scan.after ? { _id: { $gt: scan.after } } : {}
  const next = await marks.find(beyond, { ...options, sort: { _id: 1 } }).toArray()
  scan.after = next.length < options.limit ? undefined : next.at(-1)?._id
  return next
}
