import type { mongo } from 'mongoose'
import type { Change } from './changes.ts'
import { feedbackId, type TagRegister } from './feedback.ts'

/** Registers of one person and image: the newest stay, so that the order in which they come makes no difference. */
const MOST_TAGS = 200
/** A tag that was taken off is remembered while an older event may still come: the acceptance window and the audit's days. */
const OFF_TAGS = 10 * 86_400_000

/**
 * One upsert that merges a change into what stands: idempotent and commutative, so that replayed and reordered batches end in
 * the same state.
 */
export function mergeOf({ person, imageId, updatedAt, tags, ...registers }: Change): mongo.Document {
  const words = Object.entries(registers).map(([name, word]) => [name, newer(name, word)])
  const set = {
    person: { $literal: person },
    imageId: { $literal: imageId },
    updatedAt: { $max: ['$updatedAt', updatedAt] },
    ...Object.fromEntries(words),
    ...(tags ? { tags: mergedTags(tags) } : {}),
  }
  return { q: { _id: feedbackId(person, imageId), person, imageId }, u: [{ $set: set }] }
}

/** What is missing counts as older than any word. */
function newer(name: string, word: { eventId: string }) {
  return { $cond: [{ $gt: [word.eventId, `$${name}.eventId`] }, { $literal: word }, `$${name}`] }
}

function mergedTags(words: TagRegister[]) {
  const standing = { $ifNull: ['$tags', []] }
  const sameTag = { $eq: ['$$word.tag', '$$old.tag'] }
  const beaten = (by: object) => ({ $and: [sameTag, by] })
  const kept = without(
    standing,
    'old',
    { $literal: words },
    'word',
    beaten({ $gt: ['$$word.eventId', '$$old.eventId'] }),
  )
  const added = without(
    { $literal: words },
    'word',
    standing,
    'old',
    beaten({ $gte: ['$$old.eventId', '$$word.eventId'] }),
  )
  const worthKeeping = { $or: ['$$one.on', { $gt: ['$$one.at', { $subtract: ['$$NOW', OFF_TAGS] }] }] }
  const all = { $filter: { input: { $concatArrays: [kept, added] }, as: 'one', cond: worthKeeping } }
  return { $slice: [{ $sortArray: { input: all, sortBy: { eventId: -1, tag: 1 } } }, MOST_TAGS] }
}

/** The items of one list that no item of the other beats. */
function without(items: object, item: string, others: object, other: string, beaten: object) {
  const fate = { $map: { input: others, as: other, in: beaten } }
  return { $filter: { input: items, as: item, cond: { $not: [{ $anyElementTrue: [fate] }] } } }
}
