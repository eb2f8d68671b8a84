import type { mongo } from 'mongoose'
import type { RegisterChange } from './changes-of-events.ts'
import { feedbackId, type TagRegister } from './feedback.ts'

/**
 * Maximum number of set tags, and of removed tags, in a feedback; the newest are kept. Below the limit the order of arrival makes no
 * difference. Above it a set tag is never dropped for a removed one; in return, an event older than the removal of a tag sets it
 * again if it arrives after 200 other removals.
 */
const MAX_TAGS = 200

/**
 * Returns the upsert that merges a change into a feedback. It is idempotent and commutative: replayed and reordered batches end in
 * the same state.
 * @param retention how long a removed tag is kept, in ms: as long as an older event may still arrive
 */
export function mergeUpdate(
  { person, imageId, updatedAt, tags, ...registers }: RegisterChange,
  retention: number,
): mongo.Document {
  const merged = Object.entries(registers).map(([name, register]) => [name, newer(name, register)])
  const set = {
    person: { $literal: person },
    imageId: { $literal: imageId },
    updatedAt: { $max: ['$updatedAt', updatedAt] },
    ...Object.fromEntries(merged),
    ...(tags ? { tags: mergedTags(tags, retention) } : {}),
  }
  return { q: { _id: feedbackId(person, imageId), person, imageId }, u: [{ $set: set }] }
}

/** Returns the newer of a register and the stored one; a missing one is older than any. */
function newer(name: string, register: { eventId: string }) {
  return { $cond: [{ $gt: [register.eventId, `$${name}.eventId`] }, { $literal: register }, `$${name}`] }
}

function mergedTags(changed: TagRegister[], retention: number) {
  const existing = { $ifNull: ['$tags', []] }
  const sameTag = { $eq: ['$$new.key', '$$old.key'] }
  const replaced = (condition: object) => ({ $and: [sameTag, condition] })
  const kept = without(
    existing,
    'old',
    { $literal: changed },
    'new',
    replaced({ $gt: ['$$new.eventId', '$$old.eventId'] }),
  )
  const added = without(
    { $literal: changed },
    'new',
    existing,
    'old',
    replaced({ $gte: ['$$old.eventId', '$$new.eventId'] }),
  )
  const isRecent = { $gt: ['$$register.at', { $subtract: ['$$NOW', retention] }] }
  const isRecentlyRemoved = { $and: [{ $not: ['$$register.on'] }, isRecent] }
  return {
    $let: {
      vars: { all: { $concatArrays: [kept, added] } },
      in: { $concatArrays: [newest('$$register.on'), newest(isRecentlyRemoved)] },
    },
  }
}

/** Returns the newest registers that meet a condition. */
function newest(cond: object | string) {
  const matching = { $filter: { input: '$$all', as: 'register', cond } }
  return { $slice: [{ $sortArray: { input: matching, sortBy: { eventId: -1, tag: 1 } } }, MAX_TAGS] }
}

/** Returns the items of one list for which `replaced` holds with no item of the other list. */
function without(items: object, item: string, others: object, other: string, replaced: object) {
  const isReplaced = { $map: { input: others, as: other, in: replaced } }
  return { $filter: { input: items, as: item, cond: { $not: [{ $anyElementTrue: [isReplaced] }] } } }
}
