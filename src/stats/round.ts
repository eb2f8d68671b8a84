import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { mongo } from 'mongoose'
import { type Bucket, bucketId, bucketKey, bucketsAbove, distinct, SITE } from '../events/grains.ts'
import { deleteMarks, type Mark, putMarks } from '../events/marks.ts'
import { type FoldParts, foldBuckets } from './fold-buckets.ts'
import type { Memory } from './memory.ts'

const MARKS = 400
const AT_ONCE = 100
const TRIES = 3

export interface RoundParts extends FoldParts {
  memory: Memory
  logger: FastifyBaseLogger
  onFailure: () => void
}

/** How far the ring over all marks has come. */
export interface Ring {
  after: Bucket | undefined
}

interface DueMark {
  mark: Mark
  /** Its mark may go once the sum stands. */
  settled: boolean
}

/**
 * One round: some hundreds of marks, of the newest, from a ring over all, and of those known long enough to be settled, folded
 * up the grains, with the marks that this makes.
 * @returns how many buckets were summed
 */
export async function round(parts: RoundParts, ring: Ring, session: mongo.ClientSession): Promise<number> {
  const marks = await pick(parts, ring, session)
  parts.memory.note(marks)
  const waiting = new Map<string, DueMark>()
  const add = (mark: Mark) => {
    const due = parts.memory.due(mark)
    if (due) waiting.set(bucketKey(mark._id), { mark, settled: due !== 'fresh' })
  }
  marks.forEach(add)
  let folded = 0
  for (const level of LEVELS) {
    const group = [...waiting.values()].filter(({ mark }) => levelOf(mark._id) === level)
    for (let from = 0; from < group.length; from += AT_ONCE) {
      const made = await foldLevel(group.slice(from, from + AT_ONCE), parts, session)
      parts.memory.note(made)
      made.forEach(add)
    }
    folded += group.length
  }
  return folded
}

/** The order in which what is made below reaches what is above; the site's hours come after those of its images. */
const LEVELS = ['minute', 'hour', 'site', 'day', 'month', 'total'] as const

function levelOf({ imageId, grain }: Bucket): (typeof LEVELS)[number] {
  return grain === 'hour' && imageId === SITE ? 'site' : grain
}

async function pick({ db, memory }: RoundParts, ring: Ring, session: mongo.ClientSession): Promise<Mark[]> {
  const marks = db.collection<Mark>('marks')
  const read = { session, readConcern: { level: 'majority' }, readPreference: 'primary' } as const
  const ripe = memory.ripe(MARKS)
  const known = ripe.length > 0 ? await marks.find({ _id: { $in: ripe } }, read).toArray() : []
  const standing = new Set(known.map(mark => bucketKey(mark._id)))
  memory.forget(ripe.filter(bucket => !standing.has(bucketKey(bucket))))
  const limit = MARKS / 2
  const newest = await marks.find({}, { ...read, limit, sort: { start: -1 } }).toArray()
  const beyond = ring.after ? { _id: { $gt: ring.after } } : {}
  const next = await marks.find(beyond, { ...read, limit, sort: { _id: 1 } }).toArray()
  ring.after = next.length < limit ? undefined : next.at(-1)?._id
  return [...new Map([...newest, ...next, ...known].map(mark => [bucketKey(mark._id), mark])).values()]
}

/** Folds buckets of one grain, marks what is summed from them, and only then lets go of their own marks. */
async function foldLevel(due: DueMark[], parts: RoundParts, session: mongo.ClientSession): Promise<Mark[]> {
  const { db, memory } = parts
  const started = performance.now()
  const accepted = await foldOrSplit(due, parts, session)
  const cost = (performance.now() - started) / Math.max(1, due.length)
  const above = distinct(accepted.flatMap(({ mark }) => bucketsAbove(mark._id)))
  const { tokens } = await putMarks(db, above, session)
  const settled = accepted.filter(due => due.settled).map(({ mark }) => mark)
  await deleteMarks(db, settled, session)
  for (const { mark } of accepted) memory.folded(mark, cost)
  memory.forget(settled.map(({ _id }) => _id))
  return above.map(bucket => markOf(bucket, tokens))
}

function markOf(bucket: Bucket, tokens: Map<string, string>): Mark {
  const { imageId, start } = bucket
  return { _id: bucketId(bucket), imageId, start, token: tokens.get(bucketKey(bucket)) ?? '' }
}

/** Folds them together; when that fails each alone, so that one bad bucket holds nobody up. */
async function foldOrSplit(due: DueMark[], parts: RoundParts, session: mongo.ClientSession): Promise<DueMark[]> {
  try {
    return await foldWithRetries(due, parts, session)
  } catch (err) {
    const [only] = due
    if (due.length > 1) {
      const half = Math.ceil(due.length / 2)
      const first = await foldOrSplit(due.slice(0, half), parts, session)
      return [...first, ...(await foldOrSplit(due.slice(half), parts, session))]
    }
    parts.logger.error({ err, bucket: only?.mark._id }, 'a bucket can not be summed')
    parts.onFailure()
    if (only) parts.memory.failed(only.mark)
    return []
  }
}

/** The refused are read and summed again a few times; then they come round. */
async function foldWithRetries(due: DueMark[], parts: RoundParts, session: mongo.ClientSession): Promise<DueMark[]> {
  const accepted: DueMark[] = []
  let waiting = due
  for (let attempt = 0; waiting.length > 0 && attempt < TRIES; attempt++) {
    if (attempt > 0) await pause(Math.random() * 50)
    const stand = new Set(
      (
        await foldBuckets(
          waiting.map(({ mark }) => mark._id),
          parts,
          session,
        )
      ).map(bucketKey),
    )
    accepted.push(...waiting.filter(({ mark }) => stand.has(bucketKey(mark._id))))
    waiting = waiting.filter(({ mark }) => !stand.has(bucketKey(mark._id)))
  }
  return accepted
}
