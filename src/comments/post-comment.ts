import type { Model } from 'mongoose'
import { type Database, isDuplicateKey } from '../database/connect.ts'
import { fieldProblem, Problem } from '../errors.ts'
import type { Ingest } from '../events/ingest/ingest.ts'
import { isGone, serviceEvent, storeServiceEvents } from '../events/ingest/service-events.ts'
import type { KeyedMutex } from '../lib/keyed-mutex.ts'
import { type Comment, commentId, comments } from './comment.ts'

const MOST_A_MINUTE = 10
const MINUTE = 60_000

export interface CommentParts {
  database: Database
  ingest: Ingest
}

interface PostParts extends CommentParts {
  /** Of each author: what they send at once must not overlook one another when it is counted. */
  mutex: KeyedMutex
}

/**
 * Posts a comment: first the comment, pending and unseen, then its event, named after it, then it is shown. Killed or failing
 * anywhere, the same words sent again, or the sweeper, go on from there with the same event: none is lost and none counts twice.
 * @throws Problem `rate_limited` after 10 in a minute in this process, `not_found` where the image is gone, `unavailable` where it is not known
 *   whether it stands; sending it again is safe
 */
export async function postComment(
  { userId, imageId, text }: Pick<Comment, 'userId' | 'imageId' | 'text'>,
  parts: PostParts,
): Promise<{ comment: Comment; isNew: boolean }> {
  if (text.trim() === '') throw fieldProblem('/text', 'says nothing')
  const model = comments(parts.database.connection)
  const words = { _id: commentId(userId, imageId, text), imageId, userId, text }
  const comment = await parts.mutex.runExclusive(userId, () => standingOrNew(words, model))
  if (!comment.pendingSince) return { comment, isNew: false }
  await settle(comment, parts)
  return { comment, isNew: true }
}

async function standingOrNew(words: Omit<Comment, 'createdAt'>, model: Model<Comment>): Promise<Comment> {
  const existing = await model.findById(words._id).lean<Comment>()
  if (existing) return existing
  await keepRate(words.userId, model)
  const now = new Date()
  return insert({ ...words, createdAt: now, pendingSince: now }, model)
}

/** Puts a pending comment's event into the log and shows it; with its image or author gone, so is the comment. */
export async function settle(
  { _id, imageId, userId, createdAt }: Comment,
  { database, ingest }: CommentParts,
): Promise<void> {
  const model = comments(database.connection)
  const event = serviceEvent(userId, `comment ${_id}`, { imageId, type: 'comment', at: createdAt })
  try {
    await storeServiceEvents([event], ingest)
  } catch (error) {
    if (isGone(error)) await model.deleteOne({ _id })
    throw error
  }
  await model.updateOne({ _id }, { $unset: { pendingSince: 1 } })
}

/** The comment that stands when two processes bring it at once. */
async function insert(comment: Comment, model: Model<Comment>): Promise<Comment> {
  try {
    await model.create(comment)
    return comment
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
    return (await model.findById(comment._id).lean<Comment>()) ?? comment
  }
}

async function keepRate(userId: string, model: Model<Comment>): Promise<void> {
  const since = Date.now() - MINUTE
  const recent = await model
    .find({ userId, createdAt: { $gt: new Date(since) } }, { createdAt: 1 })
    .sort({ createdAt: -1 })
    .limit(MOST_A_MINUTE)
    .lean()
  const oldest = recent[MOST_A_MINUTE - 1]
  if (!oldest) return
  const seconds = Math.ceil((oldest.createdAt.getTime() - since) / 1000)
  throw new Problem('rate_limited', {
    detail: `at most ${MOST_A_MINUTE} comments a minute`,
    headers: { 'retry-after': String(seconds) },
  })
}
