import type { Geography } from '../http/schemas.ts'
import type { Accepted } from './accept.ts'
import type { ClockCheck } from './clock-check.ts'
import type { CoveredBuckets } from './covered.ts'
import type { LoggedEvent, Rejection } from './event.ts'
import { type Follower, tellFollowers } from './followers.ts'
import { type Bucket, bucketOf, distinct } from './grains.ts'
import type { Known } from './known.ts'
import type { Log } from './log.ts'

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
  whereabouts?: Geography
  mayReach(image: KnownImage): boolean
}

/** What became of an entry: nothing to say when it is stored. */
export type Outcome = Rejection | undefined

export interface FlushParts {
  log: Pick<Log, 'insert' | 'read'>
  covered: CoveredBuckets
  images: Known<KnownImage>
  users: Known<KnownUser>
  followers: Follower[]
  clock: ClockCheck
  /** How long sums of minutes are kept, in ms. */
  minutesKept: number
}

/**
 * Writes one batch to the log so that no crash leaves an event that is not marked: marks, events, marks again if that took long,
 * then the followers.
 * @throws when the outcome is not known; the same batch can then be flushed again
 */
export async function flush(entries: Entry[], parts: FlushParts): Promise<Outcome[]> {
  const outcomes = await strangers(entries, parts)
  const going = entries.filter((_, i) => outcomes[i] === undefined)
  if (going.length === 0) return outcomes
  const refused = await write(going, parts)
  const places = entries.flatMap((_, i) => (outcomes[i] === undefined ? [i] : []))
  for (const [index, detail] of refused) outcomes[places[index] ?? -1] = { code: 'refused', detail }
  return outcomes
}

/** Rejects what names an image or an account that is not there for the sender; the others learn where they happened. */
async function strangers(entries: Entry[], { images, users }: FlushParts): Promise<Outcome[]> {
  const [knownImages, knownUsers] = await Promise.all([
    images.lookUp(entries.map(({ event }) => event.imageId)),
    users.lookUp(entries.flatMap(({ userId }) => userId ?? [])),
  ])
  return entries.map(({ event, userId, whereabouts, mayReach }): Outcome => {
    const image = knownImages.get(event.imageId)
    if (!image || !mayReach(image)) {
      return { code: 'unknown_image', detail: 'there is no such image', pointer: '/imageId' }
    }
    const user = userId === undefined ? undefined : knownUsers.get(userId)
    if (userId !== undefined && !user) {
      return { code: 'unknown_user', detail: 'there is no such account', pointer: '/userId' }
    }
    // It happened where it says, else where its person lives, else where it came from.
    const geography = event.geography ?? user?.geography ?? whereabouts
    if (geography) event.geography = geography
    return undefined
  })
}

async function write(entries: Entry[], parts: FlushParts): Promise<Map<number, string>> {
  const { log, covered, clock, minutesKept } = parts
  const events = entries.map(({ event }) => event)
  const oldest = Date.now() - minutesKept - HOUR
  await clock.check()
  const minutes = bucketsOf(
    'minute',
    events.filter(({ at }) => at.getTime() >= oldest),
  )
  const inserted = await covered.whileMarked(minutes, () => log.insert(events))
  await covered.markAfter(
    bucketsOf(
      'hour',
      events.filter(({ at }) => at.getTime() < oldest),
    ),
  )
  await tellFollowers(events, inserted, parts)
  return inserted.refused
}

/** Hours of which no minutes are kept are summed from the log itself, and their marks need no hold. */
function bucketsOf(grain: 'minute' | 'hour', events: LoggedEvent[]): Bucket[] {
  return distinct(events.map(({ imageId, at }) => bucketOf(imageId, grain, at)))
}
