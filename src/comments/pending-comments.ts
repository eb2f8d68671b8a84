import { isGone } from '../events/ingest/service-events.ts'
import { type Comment, comments } from './comment.ts'
import { type CommentParts, settle } from './post-comment.ts'

/** The request of a comment that is pending for longer has ended. */
const ABANDONED_AFTER_MS = 60_000
const BATCH_SIZE = 100

/** Pending comments of interrupted requests; a sweep finishes them. */
export class PendingComments {
  readonly #parts: CommentParts

  constructor(parts: CommentParts) {
    this.#parts = parts
  }

  /** Finishes up to 100 abandoned comments. @returns their number */
  async sweep(now = Date.now()): Promise<number> {
    const abandoned = await comments(this.#parts.database.connection)
      .find({ pendingSince: { $lt: new Date(now - ABANDONED_AFTER_MS) } })
      .sort({ pendingSince: 1 })
      .limit(BATCH_SIZE)
      .lean<Comment[]>()
    for (const comment of abandoned) {
      await settle(comment, this.#parts).catch(error => {
        if (!isGone(error)) throw error
      })
    }
    return abandoned.length
  }
}
