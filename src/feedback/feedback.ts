import type { CollectionSpec } from '../database/collections.ts'
import type { EventType } from '../events/event.ts'

export const FEEDBACK = 'feedback'

export const feedbackCollection: CollectionSpec = {
  name: FEEDBACK,
  indexes: [
    { key: { person: 1, imageId: 1 }, unique: true },
    { key: { person: 1, updatedAt: 1, _id: 1 } },
    { key: { imageId: 1, 'reaction.value': 1 } },
    { key: { imageId: 1, 'saved.value': 1 } },
    { key: { imageId: 1, 'rating.value': 1 } },
  ],
}

/** Events that change what somebody thinks of an image. */
const FEEDBACK_TYPES = ['like', 'dislike', 'clear', 'rating', 'unrate', 'save', 'unsave', 'tag', 'untag'] as const
export type FeedbackType = (typeof FEEDBACK_TYPES)[number]

export function isFeedback(type: EventType): type is FeedbackType {
  return (FEEDBACK_TYPES as readonly string[]).includes(type)
}

/** The last word on one thing: of two the one with the higher eventId holds, and an eventId begins with its time. */
export interface Register<Value> {
  value: Value
  at: Date
  eventId: string
}

export interface TagRegister {
  tag: string
  on: boolean
  at: Date
  eventId: string
}

export interface Registers {
  reaction?: Register<'like' | 'dislike' | null>
  rating?: Register<number | null>
  saved?: Register<boolean>
  tags?: TagRegister[]
}

/** What a person thinks of an image now. */
export interface Feedback extends Registers {
  _id: FeedbackId
  person: string
  imageId: string
  updatedAt: Date
}

/** Feedback in which nothing is on any more is kept for a while and not shown. */
export const ANYTHING_ON = [
  { 'reaction.value': { $in: ['like', 'dislike'] } },
  { 'rating.value': { $gte: 1 } },
  { 'saved.value': true },
  { 'tags.on': true },
]

export interface FeedbackId {
  person: string
  imageId: string
}

/** The _id of a person's feedback on an image: the order of the keys counts. */
export function feedbackId(person: string, imageId: string): FeedbackId {
  return { person, imageId }
}
