import type { mongo } from 'mongoose'
import type { LoggedEvent } from '../events/event.ts'
import type { Ingest } from '../events/ingest.ts'
import { ownEvent, storeOwn } from '../events/own-events.ts'
import { readRegisters, type Standing } from './registers.ts'
import type { Turns } from './turns.ts'
import { type Wish, type Word, wordsFor } from './words.ts'

interface ChangeParts {
  db: mongo.Db
  ingest: Ingest
  turns: Turns
}

/**
 * Says what makes a person's feedback what is wished, and returns when that is durable and followed. The log is the only thing
 * written: killed anywhere, the follower's next call or the audit makes feedback of it. Changes of one feedback take turns in a
 * process; between processes the last word on each thing holds.
 * @throws Problem `not_found` where the image is gone, `unavailable` where it is not known; wishing again is safe
 */
export function changeFeedback(
  person: string,
  imageId: string,
  wish: Wish,
  { db, ingest, turns }: ChangeParts,
): Promise<Standing> {
  return turns.take(JSON.stringify([person, imageId]), async () => {
    const standing = await readRegisters(db, person, imageId)
    const words = wordsFor(wish, standing)
    if (words.length === 0) return standing
    await storeOwn(eventsOf(words, person, imageId), ingest)
    return readRegisters(db, person, imageId)
  })
}

/** All at one time, later than what they change, also where that lies ahead of this clock: else they would not hold. */
function eventsOf(words: Word[], person: string, imageId: string): LoggedEvent[] {
  const at = new Date(Math.max(Date.now(), ...words.map(({ last }) => (last ? last.getTime() + 1 : 0))))
  // The name says the whole word: of two that two processes say in one millisecond both stand, and one holds everywhere.
  return words.map(({ last: _, ...said }) => ownEvent(person, Object.values(said).join(' '), { imageId, at, ...said }))
}
