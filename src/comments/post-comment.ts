import type { Model } from 'mongoose'
import { type Database, isDuplicateKey } from '../database/connect.ts'
import { fieldProblem, Problem } from '../errors.ts'
import type { Ingest } from '../events/ingest/ingest.ts'
import { isGone, serviceEvent, storeServiceEvents } from '../events/ingest/service-events.ts'
import type { KeyedMutex } from '../lib/keyed-mutex.ts'
import { type Comment, commentId, comments } from './comment.ts'

const MAX_PER_MINUTE = 10
const MINUTE_MS = 60_000

/** The database, and the ingest that stores the events of comments. */
export interface CommentParts {
  database: Database
  ingest: Ingest
}

interface PostParts extends CommentParts {
  /** Serializes the posts of an author, so that concurrent ones all count for the rate limit. */
  mutex: KeyedMutex
}

/**
 * Posts a comment in three steps: stores it as pending, stores its event, whose id derives from the comment, and shows it. After a
 * crash or an error, a retry with the same text or the sweeper continues with the same event, so none is lost or counted twice.
 * @throws Problem `rate_limited` after 10 comments in a minute; `not_found` when the image is gone; `unavailable` when the outcome
 *   is unknown: sending it again is safe
 */
export async function postComment(
  { userId, imageId, text }: Pick<Comment, 'userId' | 'imageId' | 'text'>,
  parts: PostParts,
): Promise<{ comment: Comment; isNew: boolean }> {
  if (text.trim() === '') throw fieldProblem('/text', 'must contain a character other than white space')
  const model = comments(parts.database.connection)
  const draft = { _id: commentId(userId, imageId, text), imageId, userId, text }
  const comment = await parts.mutex.runExclusive(userId, () => findOrCreate(draft, model))
  if (!comment.pendingSince) return { comment, isNew: false }
  await settle(comment, parts)
  return { comment, isNew: true }
}

async function findOrCreate(draft: Omit<Comment, 'createdAt'>, model: Model<Comment>): Promise<Comment> {
  const existing = await model.findById(draft._id).lean<Comment>()
  if (existing) return existing
  await checkRate(draft.userId, model)
  const now = new Date()
  return insert({ ...draft, createdAt: now, pendingSince: now }, model)
}

/** Stores the event of a pending comment and shows the comment. Deletes it when its image or author no longer exists. */
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

/** Inserts a comment. @returns the existing one when another process has inserted it at the same time */
async function insert(comment: Comment, model: Model<Comment>): Promise<Comment> {
  try {
    await model.create(comment)
    return comment
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
    return (await model.findById(comment._id).lean<Comment>()) ?? comment
  }
}

/** @throws Problem `rate_limited` after 10 comments in the last minute */
async function checkRate(userId: string, model: Model<Comment>): Promise<void> {
  const since = Date.now() - MINUTE_MS
  const recent = await model
    .find({ userId, createdAt: { $gt: new Date(since) } }, { createdAt: 1 })
    .sort({ createdAt: -1 })
    .limit(MAX_PER_MINUTE)
    .lean()
  const oldest = recent[MAX_PER_MINUTE - 1]
  if (!oldest) return
  const seconds = Math.ceil((oldest.createdAt.getTime() - since) / 1000)
  throw new Problem('rate_limited', {
    detail: `at most ${MAX_PER_MINUTE} comments per minute`,
    headers: { 'retry-after': String(seconds) },
  })
}
