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

/** The only writer of feedback: follows the log, and marks what is counted from it before each change. */
export function feedbackFollower(db: mongo.Db, covered: CoveredBuckets): Follower {
  return {
    wants: ({ type }) => isFeedback(type),
    async follow(events: LoggedEvent[]) {
      const changes = changesOf(events)
      for (let from = 0; from < changes.length; from += AT_ONCE) {
        const some = changes.slice(from, from + AT_ONCE)
        await covered.whileMarked(bucketsOf(some), async () => ({
          operation: await sendUpserts(db, FEEDBACK, some.map(mergeOf)),
        }))
      }
    },
  }
}

function bucketsOf(changes: Change[]): Bucket[] {
  return distinct(changes.map(({ imageId }) => ({ imageId, grain: 'current', start: null })))
}
