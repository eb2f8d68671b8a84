import type { mongo } from 'mongoose'
import type { Collection } from '../report.ts'

/** A collection as the pipelines of own reports see it. */
export interface View {
  /** Matches the documents that they see. */
  filter: mongo.Document
  /** Returns what they see of a document. @param key by which people are hashed */
  projection(key: string): mongo.Document
  /** Fields that they see as they are stored, so that conditions on them may come before the projection, where indexes help. */
  stored: ReadonlySet<string>
}

/** Removes a field. */
const NOTHING = '$$REMOVE'

const IS_COMMENT = { $eq: ['$type', 'comment'] }
const IS_PUBLIC = { $eq: ['$visibility', 'public'] }

const EVENT_MEASURES = ['durationMs', 'depth', 'scale', 'value', 'tag'] as const
const EVENT_CONTEXT = ['position', 'listId', 'context'] as const
const FILE_FIELDS = ['visibility', 'mediaType', 'bytes', 'width', 'height', 'animated', 'uploadedAt'] as const
const TEXT_FIELDS = ['title', 'altText', 'description', 'tags'] as const

/**
 * The views by collection. People and sessions are hashed with a key before a pipeline sees them, and what identifies a document or
 * its author elsewhere is left out: whatever a pipeline returns names nobody.
 */
export const VIEWS: Record<Collection, View> = {
  events: {
    filter: {},
    // Comments are public, with author and time: an event with a hash of the author and one of the two would tell whose hash it is.
    projection: key => ({
      _id: 0,
      ...included('imageId', 'type', ...EVENT_MEASURES),
      at: { $cond: [IS_COMMENT, { $dateTrunc: { date: '$at', unit: 'hour' } }, '$at'] },
      person: unlessComment(hashed('$person', key)),
      session: unlessComment({ $cond: [{ $gt: ['$sessionId', null] }, hashed('$sessionId', key), NOTHING] }),
      ...Object.fromEntries(EVENT_CONTEXT.map(name => [name, unlessComment(`$${name}`)])),
      ...Object.fromEntries(['country', 'region', 'city'].map(name => [name, unlessComment(`$geography.${name}`)])),
    }),
    stored: new Set(['imageId', 'type', 'at', ...EVENT_MEASURES]),
  },
  rollups: {
    filter: {},
    projection: () => ({
      _id: 0,
      ...included('imageId', 'counts', 'countries', 'rating', 'current', 'asOf'),
      grain: '$_id.grain',
      start: '$_id.start',
      dwellMs: '$dwell.totalMs',
    }),
    stored: new Set(['imageId', 'counts', 'countries', 'rating', 'current', 'asOf']),
  },
  feedback: {
    filter: {},
    projection: key => ({
      _id: 0,
      ...included('imageId', 'updatedAt'),
      person: hashed('$person', key),
      reaction: '$reaction.value',
      rating: '$rating.value',
      saved: '$saved.value',
      tags: {
        $map: {
          input: { $filter: { input: { $ifNull: ['$tags', []] }, as: 'tag', cond: '$$tag.on' } },
          as: 'tag',
          in: '$$tag.tag',
        },
      },
    }),
    stored: new Set(['imageId', 'updatedAt']),
  },
  images: {
    filter: {},
    // Of private images analysts see neither owner nor content.
    projection: () => ({
      ...included('_id', ...FILE_FIELDS),
      ...Object.fromEntries(TEXT_FIELDS.map(name => [name, { $cond: [IS_PUBLIC, `$${name}`, NOTHING] }])),
    }),
    stored: new Set(['_id', ...FILE_FIELDS]),
  },
  comments: {
    filter: { pendingSince: { $exists: false } },
    projection: () => ({
      _id: 0,
      imageId: 1,
      createdAt: { $dateTrunc: { date: '$createdAt', unit: 'hour' } },
      length: { $strLenCP: '$text' },
    }),
    stored: new Set(['imageId']),
  },
}

/** Returns the stages that make the view of a collection. @param conditions on stored fields */
export function stagesOf({ filter, projection }: View, conditions: mongo.Document[], key: string): mongo.Document[] {
  const all = [filter, ...conditions].filter(condition => Object.keys(condition).length > 0)
  return [{ $match: all.length > 0 ? { $and: all } : {} }, { $project: projection(key) }]
}

/** Returns the names of the fields that a view has. */
export function fieldsOf({ projection }: View): string[] {
  return Object.entries(projection('')).flatMap(([name, value]) => (value === 0 ? [] : [name]))
}

function included(...names: string[]): Record<string, 1> {
  return Object.fromEntries(names.map(name => [name, 1]))
}

/** The hash of a text, as text: 64 bits, which nobody can compute or test against guesses without the key. */
function hashed(text: string, key: string): mongo.Document {
  return { $toString: { $toHashedIndexKey: { $concat: [key, text] } } }
}

function unlessComment(value: unknown): mongo.Document {
  return { $cond: [IS_COMMENT, NOTHING, value] }
}
