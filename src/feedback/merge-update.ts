import type { mongo } from 'mongoose'
import type { RegisterChange } from './changes-of-events.ts'
import { feedbackId, type TagRegister } from './feedback.ts'

/**
 * So many registers of tags that are on stay, the newest, and as many of those that were taken off. Where nothing is cut the order
 * in which words come makes no difference. Past that, none that is on goes for one that is off; the price is that a word of before
 * a tag was taken off brings it back, when it comes after two hundred others were taken off.
 */
const MOST_TAGS = 200

/**
 * One upsert that merges a change into what stands: idempotent and commutative, so that replayed and reordered batches end in
 * the same state.
 * @param remembered how long a tag that was taken off is remembered, in ms: while an older word may still come
 */
export function mergeUpdate(
  { person, imageId, updatedAt, tags, ...registers }: RegisterChange,
  remembered: number,
): mongo.Document {
  const words = Object.entries(registers).map(([name, word]) => [name, newer(name, word)])
  const set = {
    person: { $literal: person },
    imageId: { $literal: imageId },
    updatedAt: { $max: ['$updatedAt', updatedAt] },
    ...Object.fromEntries(words),
    ...(tags ? { tags: mergedTags(tags, remembered) } : {}),
  }
  return { q: { _id: feedbackId(person, imageId), person, imageId }, u: [{ $set: set }] }
}

/** What is missing counts as older than any word. */
function newer(name: string, word: { eventId: string }) {
  return { $cond: [{ $gt: [word.eventId, `$${name}.eventId`] }, { $literal: word }, `$${name}`] }
}

function mergedTags(words: TagRegister[], remembered: number) {
  const existing = { $ifNull: ['$tags', []] }
  const sameTag = { $eq: ['$$word.tag', '$$old.tag'] }
  const beaten = (by: object) => ({ $and: [sameTag, by] })
  const kept = without(
    existing,
    'old',
    { $literal: words },
    'word',
    beaten({ $gt: ['$$word.eventId', '$$old.eventId'] }),
  )
  const added = without(
    { $literal: words },
    'word',
    existing,
    'old',
    beaten({ $gte: ['$$old.eventId', '$$word.eventId'] }),
  )
  const isRecent = { $gt: ['$$one.at', { $subtract: ['$$NOW', remembered] }] }
  const isRecentlyOff = { $and: [{ $not: ['$$one.on'] }, isRecent] }
  return {
    $let: {
      vars: { all: { $concatArrays: [kept, added] } },
      in: { $concatArrays: [newest('$$one.on'), newest(isRecentlyOff)] },
    },
  }
}

/** The newest of all registers that are so. */
function newest(cond: object | string) {
  const some = { $filter: { input: '$$all', as: 'one', cond } }
  return { $slice: [{ $sortArray: { input: some, sortBy: { eventId: -1, tag: 1 } } }, MOST_TAGS] }
}

/** The items of one list that no item of the other beats. */
function without(items: object, item: string, others: object, other: string, beaten: object) {
  const fate = { $map: { input: others, as: other, in: beaten } }
  return { $filter: { input: items, as: item, cond: { $not: [{ $anyElementTrue: [fate] }] } } }
}
