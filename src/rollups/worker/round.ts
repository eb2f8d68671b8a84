import type { mongo } from 'mongoose'
import { CURRENT_READ } from '../../database/connect.ts'
import { type Bucket, bucketKey, SITE } from '../../events/marks/buckets.ts'
import type { Mark } from '../../events/marks/marks.ts'
import { type DueBucket, rollUpMarks, type WorkerParts } from './roll-up-marks.ts'
import type { SlowLane } from './slow-lane.ts'

/** Of so many images the marks begin a round; those it makes itself come on top. */
const IMAGES = 400
/** To look at a mark costs little beside its fold: many are looked at, so that those that wait longest are known. */
const LOOKED_AT = 1_000
const AT_ONCE = 200

/** How far the ring over all marks has come. */
export interface Ring {
  after: Bucket | undefined
}

/**
 * One round: looks at the newest marks and at the next of a ring over all, then folds some hundreds, of all that are due the
 * ones that wait longest, up the grains, with the marks that this makes and what goes along.
 */
export async function round(
  parts: WorkerParts,
  ring: Ring,
  lane: SlowLane,
  session: mongo.ClientSession,
): Promise<void> {
  const { schedule } = parts
  schedule.beginRound()
  const waiting = new Map<string, DueBucket>()
  const add = (marks: Mark[]) => {
    schedule.note(marks)
    for (const mark of marks) {
      const due = schedule.due(mark)
      if (due) waiting.set(bucketKey(mark._id), { bucket: mark._id, mark, settled: due !== 'fresh' })
    }
  }
  const takeAlong = (buckets: Bucket[]) => {
    for (const bucket of buckets) {
      const key = bucketKey(bucket)
      if (!waiting.has(key) && schedule.isRested(bucket)) waiting.set(key, { bucket, settled: false })
    }
  }
  add(await pick(parts, ring, session))
  for (const level of LEVELS) {
    const group = [...waiting.values()].filter(({ bucket }) => levelOf(bucket) === level)
    const slow = group.filter(({ bucket }) => schedule.isSlow(bucket))
    for (const due of slow) lane.offer(due)
    const quick = group.filter(due => !slow.includes(due))
    for (let from = 0; from < quick.length; from += AT_ONCE) {
      const { marks, along } = await rollUpMarks(quick.slice(from, from + AT_ONCE), parts, session)
      add(marks)
      takeAlong(along)
    }
  }
}

/** The order in which what is made below reaches what is above; the site's hours come after those of its images. */
const LEVELS = ['current', 'minute', 'hour', 'site', 'day', 'month', 'total'] as const

function levelOf({ imageId, grain }: Bucket): (typeof LEVELS)[number] {
  return grain === 'hour' && imageId === SITE ? 'site' : grain
}

/** Marks that are due, as they stand now; what no longer stands is forgotten. */
async function pick({ db, schedule }: WorkerParts, ring: Ring, session: mongo.ClientSession): Promise<Mark[]> {
  const marks = db.collection<Mark>('marks')
  const options = { ...CURRENT_READ, session, limit: LOOKED_AT }
  schedule.note(await marks.find({}, { ...options, sort: { start: -1 } }).toArray())
  if (schedule.hasRoom) schedule.note(await nextOfRing(marks, ring, options))
  const due = schedule.longestDue(IMAGES)
  if (due.length === 0) return []
  const mine = { imageId: { $in: [...new Set(due.map(({ imageId }) => imageId))] }, _id: { $in: due } }
  const existing = await marks.find(mine, { ...CURRENT_READ, session }).toArray()
  const found = new Set(existing.map(({ _id }) => bucketKey(_id)))
  schedule.forget(due.filter(bucket => !found.has(bucketKey(bucket))))
  return existing
}

async function nextOfRing(
  marks: mongo.Collection<Mark>,
  ring: Ring,
  options: mongo.FindOptions & { limit: number },
): Promise<Mark[]> {
  const beyond = ring.after ? { _id: { $gt: ring.after } } : {}
  const next = await marks.find(beyond, { ...options, sort: { _id: 1 } }).toArray()
  ring.after = next.length < options.limit ? undefined : next.at(-1)?._id
  return next
}
