import type { Geography } from '../../http/schemas.ts'
import type { LoggedEvent } from '../event.ts'
import { instant } from '../log/clock.ts'
import type { ClockCheck } from '../log/clock-check.ts'
import type { Inserted, Log } from '../log/log.ts'
import { type Bucket, bucketOf, distinct } from '../marks/buckets.ts'
import type { WriterMarks } from '../marks/writer-marks.ts'
import type { Rejection } from '../rejection.ts'
import type { Accepted } from './acceptance/accept-event.ts'
import { ERASED, type ErasedList, type ErasedPeopleCache } from './erased-people.ts'
import type { LookupCache } from './lookup-cache.ts'
import { type Projection, updateProjections } from './projections.ts'

const HOUR = 3_600_000

/** The fields of an image that ingest checks. */
export interface KnownImage {
  ownerId: string
  visibility: 'public' | 'private'
}

/** The fields of an account that ingest uses. */
export interface KnownUser {
  geography?: Geography
}

/** An accepted event in the queue, with its sender's right to the image. */
export interface Entry extends Accepted {
  /** Upper bound of its size in an insert command. */
  bytes: number
  /** Geography of the request, if the caller acts for itself. */
  location?: Geography
  mayReach(image: KnownImage): boolean
  /** Whether an insert of it was begun. */
  isTried?: boolean
  /** Whether the log had it before. */
  isDuplicate?: boolean
}

/** The result of an entry: a rejection, or undefined when the event is stored. */
export type Outcome = Rejection | undefined

/** What a flush works with. */
export interface FlushParts {
  log: Pick<Log, 'insert' | 'read' | 'forget' | 'forgets'>
  writerMarks: WriterMarks
  images: LookupCache<KnownImage>
  users: LookupCache<KnownUser>
  erased: Pick<ErasedPeopleCache, 'list'>
  projections: Projection[]
  /** The sums of this process, which get the events that were stored for the first time. */
  partialSums: { add(events: LoggedEvent[]): void }
  clock: ClockCheck
  /** TTL of minute roll-ups, in ms. */
  minutesKept: number
}

/**
 * Writes one batch to the event log, so that a crash leaves neither an event without a mark nor an event of an erased person:
 *
 * 0. Looks up images and accounts, and checks people against a list of erased people that is less than 5 s old.
 * 1. Marks the buckets.
 * 2. Inserts the events. Starts again when a newer list has one of their people.
 * 3. Marks again if the insert took longer than the hold. Reads the list again if it is older than 5 s by then, and deletes events
 *    of people who were erased meanwhile, between marks of their own.
 * 4. Updates the projections, and the sums of this process.
 *
 * @returns the result of each entry, in their order
 * @throws when the outcome is unknown; flushing the same batch again is safe
 */
export async function flush(entries: Entry[], parts: FlushParts): Promise<Outcome[]> {
  const list = await parts.erased.list()
  const outcomes = await checkReferences(entries, list, parts)
  const going = entries.filter((_, i) => outcomes[i] === undefined)
  if (going.length === 0) return outcomes
  const events = going.map(({ event }) => event)
  const inserted = await whileMarked(events, () => insert(events, list, parts), parts).catch(error => {
    for (const entry of going) entry.isTried = true
    throw error
  })
  if (!inserted) return flush(entries, parts)
  noteDuplicates(going, inserted.existing)
  const refused = await settle(events, inserted, parts)
  parts.partialSums.add(events.filter((_, index) => !inserted.existing.has(index) && !refused.has(index)))
  const places = entries.flatMap((_, i) => (outcomes[i] === undefined ? [i] : []))
  for (const [index, rejection] of refused) outcomes[places[index] ?? -1] = rejection
  return outcomes
}

/** Notes which entries the log had before. Nobody knows it of those that an earlier attempt may have inserted. */
function noteDuplicates(entries: Entry[], existing: ReadonlySet<number>): void {
  for (const [index, entry] of entries.entries()) if (existing.has(index) && !entry.isTried) entry.isDuplicate = true
}

/**
 * Rejects events of erased people, and events on images or of accounts that do not exist for the sender. Gives the others their
 * geography.
 */
async function checkReferences(entries: Entry[], list: ErasedList, { images, users }: FlushParts): Promise<Outcome[]> {
  const [knownImages, knownUsers] = await Promise.all([
    images.lookUp(entries.map(({ event }) => event.imageId)),
    users.lookUp(entries.flatMap(({ userId }) => userId ?? [])),
  ])
  const gone = erasedAmong(
    entries.map(({ event }) => event),
    list,
  )
  return entries.map(({ event, userId, location, mayReach }, index): Outcome => {
    if (gone.has(index)) return ERASED
    const image = knownImages.get(event.imageId)
    if (!image || !mayReach(image)) {
      return { code: 'unknown_image', detail: 'image not found', pointer: '/imageId' }
    }
    const user = userId === undefined ? undefined : knownUsers.get(userId)
    if (userId !== undefined && !user) {
      return { code: 'unknown_user', detail: 'account not found', pointer: '/userId' }
    }
    // The event's own geography, else that of its account, else that of the request.
    const geography = event.geography ?? user?.geography ?? location
    if (geography) event.geography = geography
    return undefined
  })
}

/** Returns the indexes of the events whose person is on the list. */
function erasedAmong(events: LoggedEvent[], list: ErasedList): Set<number> {
  const people = new Set(events.map(({ person }) => person))
  const erased = new Set([...people].filter(person => list.has(person)))
  return new Set(events.flatMap(({ person }, index) => (erased.has(person) ? [index] : [])))
}

interface InsertedBy extends Inserted {
  /** The list that the people were checked against. */
  list: ErasedList
}

/** Inserts the events. @returns undefined, without inserting, when a newer list has one of their people */
async function insert(events: LoggedEvent[], list: ErasedList, parts: FlushParts): Promise<InsertedBy | undefined> {
  await parts.clock.check()
  const newer = await parts.erased.list()
  if (newer !== list && erasedAmong(events, newer).size > 0) return undefined
  return { ...(await parts.log.insert(events)), list: newer }
}

/** Completes an insert: deletes events of erased people and updates the projections. @returns the rejections by index */
async function settle(events: LoggedEvent[], inserted: InsertedBy, parts: FlushParts) {
  const refused = new Map([...inserted.refused].map(([index, detail]) => [index, refusal(detail)]))
  for (const index of await deleteErased(events, inserted, parts)) refused.set(index, ERASED)
  await updateProjections(events, { ...inserted, refused }, parts)
  return refused
}

function refusal(detail: string): Rejection {
  return { code: 'refused', detail }
}

/** Deletes the events of people who were erased after the list was read. @returns their indexes */
async function deleteErased(
  events: LoggedEvent[],
  { list, operation }: InsertedBy,
  parts: FlushParts,
): Promise<Set<number>> {
  const { log, erased } = parts
  const newer = await erased.list(instant(operation))
  const gone = newer === list ? new Set<number>() : erasedAmong(events, newer)
  if (gone.size === 0 || !log.forgets) return gone
  const theirs = events.filter((_, index) => gone.has(index))
  const all = <Field extends '_id' | 'imageId' | 'at' | 'person'>(field: Field) => ({
    $in: theirs.map(event => event[field]),
  })
  const match = { person: all('person'), imageId: all('imageId'), at: all('at'), _id: all('_id') }
  await whileMarked(theirs, () => log.forget(match), parts)
  return gone
}

/** Changes the log between marks of the buckets that are rolled up from it: minutes, or hours where the minutes have expired. */
async function whileMarked<Done extends { operation: number | undefined } | undefined>(
  events: LoggedEvent[],
  change: () => Promise<Done>,
  { writerMarks, minutesKept }: FlushParts,
): Promise<Done> {
  const oldest = Date.now() - minutesKept - HOUR
  const minutes = bucketsOf(
    'minute',
    events.filter(({ at }) => at.getTime() >= oldest),
  )
  const done = await writerMarks.whileMarked(minutes, change)
  await writerMarks.markAfter(
    bucketsOf(
      'hour',
      events.filter(({ at }) => at.getTime() < oldest),
    ),
  )
  return done
}

/** Returns the buckets that contain the events. Hours without minutes are rolled up from the log itself; their marks need no hold. */
function bucketsOf(grain: 'minute' | 'hour', events: LoggedEvent[]): Bucket[] {
  return distinct(events.map(({ imageId, at }) => bucketOf(imageId, grain, at)))
}
