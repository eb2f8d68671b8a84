import { isGone } from '../events/ingest/service-events.ts'
import { type Comment, comments } from './comment.ts'
import { type CommentParts, settle } from './post-comment.ts'

/** A comment that is pending for so long has nobody behind it, in ms. */
const FORGOTTEN = 60_000
const AT_ONCE = 100

/** Comments whose process died on the way: a sweep finishes them, some at a time. */
export class PendingComments {
  readonly #parts: CommentParts

  constructor(parts: CommentParts) {
    this.#parts = parts
  }

  async sweep(now = Date.now()): Promise<number> {
    const forgotten = await comments(this.#parts.database.connection)
      .find({ pendingSince: { $lt: new Date(now - FORGOTTEN) } })
      .sort({ pendingSince: 1 })
      .limit(AT_ONCE)
      .lean<Comment[]>()
    for (const comment of forgotten) {
      await settle(comment, this.#parts).catch(error => {
        if (!isGone(error)) throw error
      })
    }
    return forgotten.length
  }
}
