import type { CollectionSpec } from '../database/collections.ts'
import type { Upgrade } from '../database/upgrade.ts'
import type { EventType } from '../events/event.ts'
import { tagKey } from '../lib/tags.ts'

export const FEEDBACK = 'feedback'

export const feedbackCollection: CollectionSpec = {
  name: FEEDBACK,
  indexes: [
    { key: { person: 1, imageId: 1 }, unique: true },
    { key: { person: 1, updatedAt: 1, _id: 1 } },
    { key: { updatedAt: 1 } },
    { key: { imageId: 1, 'reaction.value': 1 } },
    { key: { imageId: 1, 'saved.value': 1 } },
    { key: { imageId: 1, 'rating.value': 1 } },
  ],
}

/** Types of events that change feedback. */
const FEEDBACK_TYPES = ['like', 'dislike', 'clear', 'rating', 'unrate', 'save', 'unsave', 'tag', 'untag'] as const
export type FeedbackType = (typeof FEEDBACK_TYPES)[number]

/** Whether events of a type change feedback. */
export function isFeedback(type: EventType): type is FeedbackType {
  return (FEEDBACK_TYPES as readonly string[]).includes(type)
}

/** Last-writer-wins register: the value with the highest `eventId` wins, which is the place of its event (`placeOfEvent`). */
export interface Register<Value> {
  value: Value
  at: Date
  eventId: string
}

/** Register of a tag: whether it is set. */
export interface TagRegister {
  tag: string
  /** What it is compared by (`tagKey`). */
  key: string
  on: boolean
  at: Date
  eventId: string
}

/** The registers of a feedback. */
export interface Registers {
  reaction?: Register<'like' | 'dislike' | null>
  rating?: Register<number | null>
  saved?: Register<boolean>
  tags?: TagRegister[]
}

/** The current feedback of a person on an image, as it is stored. */
export interface Feedback extends Registers {
  _id: FeedbackId
  person: string
  imageId: string
  updatedAt: Date
}

/** Adds the keys of tags to feedback of earlier versions; of tags with the same key the newest stays. */
export const feedbackTagKeysUpgrade: Upgrade = {
  name: 'tag keys of feedback',
  collection: FEEDBACK,
  outdated: { 'tags.tag': { $exists: true }, 'tags.key': { $exists: false } },
  field: 'tags',
  change: tags => ({ tags: withKeys(tags as TagRegister[]) }),
}

function withKeys(tags: TagRegister[]): TagRegister[] {
  const oldestFirst = [...tags].sort((a, b) => (a.eventId < b.eventId ? -1 : 1))
  return [...new Map(oldestFirst.map(register => [tagKey(register.tag), register]))].map(([key, register]) => ({
    ...register,
    key,
  }))
}

/** Filter for feedback that is not empty; an empty one is stored but not shown. */
export const ANYTHING_ON = [
  { 'reaction.value': { $in: ['like', 'dislike'] } },
  { 'rating.value': { $gte: 1 } },
  { 'saved.value': true },
  { 'tags.on': true },
]

/** Id of a feedback. */
export interface FeedbackId {
  person: string
  imageId: string
}

/** Returns the _id of a feedback. The order of its keys matters. */
export function feedbackId(person: string, imageId: string): FeedbackId {
  return { person, imageId }
}
