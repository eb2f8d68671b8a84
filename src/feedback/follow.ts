import type { mongo } from 'mongoose'
import { sendUpserts } from '../database/writes.ts'
import type { CoveredBuckets } from '../events/covered.ts'
import type { LoggedEvent } from '../events/event.ts'
import type { Follower } from '../events/followers.ts'
import { type Bucket, distinct } from '../events/grains.ts'
import { type Change, changesOf } from './changes.ts'
import { FEEDBACK, isFeedback } from './feedback.ts'
import { mergeOf } from './merge.ts'

const AT_ONCE = 500

/** So long after the acceptance window, in ms, the audit may tell a word again: it goes by whole days, and takes a while. */
const AUDITED = 3 * 86_400_000

/**
 * The only writer of feedback: follows the log, and marks what is counted from it before each change.
 * @param window how old an event may be that comes in, in ms
 */
export function feedbackFollower(db: mongo.Db, covered: CoveredBuckets, window: number): Follower {
  return {
    wants: ({ type }) => isFeedback(type),
    async follow(events: LoggedEvent[]) {
      const changes = changesOf(events)
      for (let from = 0; from < changes.length; from += AT_ONCE) {
        const some = changes.slice(from, from + AT_ONCE)
        await covered.whileMarked(bucketsOf(some), async () => ({
          operation: await sendUpserts(
            db,
            FEEDBACK,
            some.map(change => mergeOf(change, window + AUDITED)),
          ),
        }))
      }
    },
  }
}

function bucketsOf(changes: Change[]): Bucket[] {
  return distinct(changes.map(({ imageId }) => ({ imageId, grain: 'current', start: null })))
}
