import type { Accepted } from './accept.ts'
import { instant, longestBetween } from './clock.ts'
import type { CoveredMinutes } from './covered.ts'
import type { Rejection } from './event.ts'
import { type Bucket, bucketOf, distinct } from './grains.ts'
import type { Known } from './known.ts'
import type { Log } from './log.ts'

/** How long a mark surely holds, in ms: a folder takes none away that it has known for less. */
export const HOLD = 3_000

/** What ingest must know of an image. */
export interface KnownImage {
  ownerId: string
  visibility: 'public' | 'private'
}

/** An accepted event on its way, with the right of its sender to the image. */
export interface Entry extends Accepted {
  bytes: number
  mayReach(image: KnownImage): boolean
}

/** What became of an entry: nothing to say when it is stored. */
export type Outcome = Rejection | undefined

export interface FlushParts {
  log: Log
  covered: CoveredMinutes
  images: Known<KnownImage>
  users: Known<true>
}

/**
 * Writes one batch to the log so that no crash leaves an event that is not marked: marks, events, marks again if that took long.
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

/** Rejects what names an image or an account that is not there for the sender. */
async function strangers(entries: Entry[], { images, users }: FlushParts): Promise<Outcome[]> {
  const [knownImages, knownUsers] = await Promise.all([
    images.lookUp(entries.map(({ event }) => event.imageId)),
    users.lookUp(entries.flatMap(({ userId }) => userId ?? [])),
  ])
  return entries.map(({ event, userId, mayReach }): Outcome => {
    const image = knownImages.get(event.imageId)
    if (!image || !mayReach(image)) {
      return { code: 'unknown_image', detail: 'there is no such image', pointer: '/imageId' }
    }
    if (userId !== undefined && !knownUsers.has(userId)) {
      return { code: 'unknown_user', detail: 'there is no such account', pointer: '/userId' }
    }
    return undefined
  })
}

async function write(entries: Entry[], { log, covered }: FlushParts): Promise<Map<number, string>> {
  const events = entries.map(({ event }) => event)
  const minutes: Bucket[] = distinct(events.map(({ imageId, at }) => bucketOf(imageId, 'minute', at)))
  const sent = await covered.cover(minutes)
  const { refused, operation } = await log.insert(events)
  if (longestBetween(sent, instant(operation)) > HOLD) await covered.mark(minutes)
  return refused
}
