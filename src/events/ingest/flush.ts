import type { Geography } from '../../http/schemas.ts'
import type { LoggedEvent, Rejection } from '../event.ts'
import { instant } from '../log/clock.ts'
import type { ClockCheck } from '../log/clock-check.ts'
import type { Inserted, Log } from '../log/log.ts'
import { type Bucket, bucketOf, distinct } from '../marks/buckets.ts'
import type { WriterMarks } from '../marks/writer-marks.ts'
import type { Accepted } from './accept-event.ts'
import { ERASED, type ErasedList, type ErasedPeopleCache } from './erased-people.ts'
import type { LookupCache } from './lookup-cache.ts'
import { type Projection, updateProjections } from './projections.ts'

const HOUR = 3_600_000

/** What ingest must know of an image. */
export interface KnownImage {
  ownerId: string
  visibility: 'public' | 'private'
}

/** What ingest must know of an account: where it lives, if it says so. */
export interface KnownUser {
  geography?: Geography
}

/** An accepted event on its way, with the right of its sender to the image. */
export interface Entry extends Accepted {
  bytes: number
  /** Where the request came from, where that says something of who acted. */
  location?: Geography
  mayReach(image: KnownImage): boolean
}

/** What became of an entry: nothing to say when it is stored. */
export type Outcome = Rejection | undefined

export interface FlushParts {
  log: Pick<Log, 'insert' | 'read' | 'forget' | 'forgets'>
  writerMarks: WriterMarks
  images: LookupCache<KnownImage>
  users: LookupCache<KnownUser>
  erased: Pick<ErasedPeopleCache, 'list'>
  projections: Projection[]
  clock: ClockCheck
  /** How long sums of minutes are kept, in ms. */
  minutesKept: number
}

/**
 * Writes one batch to the log so that no crash leaves an event that is not marked, and nothing of people who are erased:
 *
 * 0. whom and what the entries name: images, accounts, and, by a list that is less than 5 s old, who is erased
 * 1. marks, 2. events, unless somebody among them is erased by then: all begins anew, 3. marks again if that took long; if the list is too
 *    old by then, it is read again, and what must not be there is taken back, between marks of its own
 * 4. the followers
 *
 * @throws when the outcome is not known; the same batch can then be flushed again
 */
export async function flush(entries: Entry[], parts: FlushParts): Promise<Outcome[]> {
  const list = await parts.erased.list()
  const outcomes = await strangers(entries, list, parts)
  const going = entries.filter((_, i) => outcomes[i] === undefined)
  if (going.length === 0) return outcomes
  const events = going.map(({ event }) => event)
  const inserted = await whileMarked(events, () => insert(events, list, parts), parts)
  if (!inserted) return flush(entries, parts)
  const refused = await settle(events, inserted, parts)
  const places = entries.flatMap((_, i) => (outcomes[i] === undefined ? [i] : []))
  for (const [index, rejection] of refused) outcomes[places[index] ?? -1] = rejection
  return outcomes
}

/**
 * Rejects what names an image or an account that is not there for the sender, or somebody who is erased; the others learn where
 * they happened.
 */
async function strangers(entries: Entry[], list: ErasedList, { images, users }: FlushParts): Promise<Outcome[]> {
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
      return { code: 'unknown_image', detail: 'there is no such image', pointer: '/imageId' }
    }
    const user = userId === undefined ? undefined : knownUsers.get(userId)
    if (userId !== undefined && !user) {
      return { code: 'unknown_user', detail: 'there is no such account', pointer: '/userId' }
    }
    // It happened where it says, else where its person lives, else where it came from.
    const geography = event.geography ?? user?.geography ?? location
    if (geography) event.geography = geography
    return undefined
  })
}

/** The indexes of events of people on the list. */
function erasedAmong(events: LoggedEvent[], list: ErasedList): Set<number> {
  const people = new Set(events.map(({ person }) => person))
  const erased = new Set([...people].filter(person => list.has(person)))
  return new Set(events.flatMap(({ person }, index) => (erased.has(person) ? [index] : [])))
}

interface InsertedBy extends Inserted {
  list: ErasedList
}

/** @returns what became of them, with the list they were judged by; nothing was tried where another one has some of their people */
async function insert(events: LoggedEvent[], list: ErasedList, parts: FlushParts): Promise<InsertedBy | undefined> {
  await parts.clock.check()
  const newer = await parts.erased.list()
  if (newer !== list && erasedAmong(events, newer).size > 0) return undefined
  return { ...(await parts.log.insert(events)), list: newer }
}

/** What follows an insert. @returns why, by index, for what is not to be there */
async function settle(events: LoggedEvent[], inserted: InsertedBy, parts: FlushParts) {
  const refused = new Map([...inserted.refused].map(([index, detail]) => [index, refusal(detail)]))
  for (const index of await takeBack(events, inserted, parts)) refused.set(index, ERASED)
  await updateProjections(events, { ...inserted, refused }, parts)
  return refused
}

function refusal(detail: string): Rejection {
  return { code: 'refused', detail }
}

/** Takes back events of people who were erased while they were written, if the list may have missed them. @returns their indexes */
async function takeBack(
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

/** Changes what the log holds of events between the marks of what is summed from it: minutes, or hours where those have expired. */
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

/** Hours of which no minutes are kept are summed from the log itself, and their marks need no hold. */
function bucketsOf(grain: 'minute' | 'hour', events: LoggedEvent[]): Bucket[] {
  return distinct(events.map(({ imageId, at }) => bucketOf(imageId, grain, at)))
}
