import { type Static, Type } from '@fastify/type-provider-typebox'
import { Compile } from 'typebox/compile'
import { Id, oneOf, PLACE, strict, Tag, Text } from '../http/schemas.ts'
import { describedPattern } from '../lib/patterns.ts'

export const IMPLICIT_TYPES = ['impression', 'view', 'click', 'dwell', 'scroll', 'zoom', 'download', 'share'] as const
const EXPLICIT_TYPES = [
  'like',
  'dislike',
  'clear',
  'rating',
  'unrate',
  'save',
  'unsave',
  'comment',
  'tag',
  'untag',
] as const
export const EVENT_TYPES = [...IMPLICIT_TYPES, ...EXPLICIT_TYPES] as const
export type EventType = (typeof EVENT_TYPES)[number]

export const MAX_CLIENT_ID_BYTES = 128
export const MAX_CONTEXT_KEYS = 10

const PRINTABLE = '\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}'
/** Schema of an id that an app has chosen, such as `auth0|123`. */
export const ClientId = Type.String({
  minLength: 1,
  maxLength: MAX_CLIENT_ID_BYTES,
  pattern: describedPattern(
    `^[${PRINTABLE}]([${PRINTABLE} ]*[${PRINTABLE}])?$`,
    'must be printable text without white space around it',
  ),
})

/** Pattern of a time as clients send it. */
export const UTC_TIME = describedPattern(
  '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|\\+00:00)$',
  'must be a time (RFC 3339 in UTC, as in 2026-11-01T06:00:00.000Z)',
)

/** A location as clients send it; a country code that is not assigned is left out later. */
const SentGeography = strict({
  country: Type.String({
    pattern: describedPattern('^[A-Z0-9]{2}$', 'must be two capital letters, a country code of ISO 3166-1 alpha-2'),
    description: 'ISO 3166-1 alpha-2, or XK',
  }),
  ...PLACE,
})

/** An event as clients send it. `acceptEvent` checks which fields a type needs and whom the caller may name. */
export const WireEvent = strict({
  id: Type.Optional(
    Type.Unsafe<string>({
      ...ClientId,
      description: 'chosen by the client, up to 128 bytes; a retry repeats it, imageId, type and time unchanged',
    }),
  ),
  imageId: Id,
  type: oneOf(EVENT_TYPES),
  at: Type.Optional(
    Type.String({ pattern: UTC_TIME, description: 'RFC 3339 in UTC; digits after the milliseconds are dropped' }),
  ),
  durationMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400_000 })),
  depth: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  scale: Type.Optional(Type.Number({ minimum: 0.01, maximum: 100 })),
  value: Type.Optional(Type.Integer({ minimum: 1, maximum: 5 })),
  tag: Type.Optional(Tag),
  position: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  listId: Type.Optional(Text({ minLength: 1, maxLength: 128 })),
  sessionId: Type.Optional(Text({ minLength: 1, maxLength: 128 })),
  userId: Type.Optional(Id),
  appUserId: Type.Optional(ClientId),
  visitorId: Type.Optional(ClientId),
  geography: Type.Optional(SentGeography),
  context: Type.Optional(
    Type.Record(
      Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,39}$' }),
      Type.Union([Text({ maxLength: 200 }), Type.Number(), Type.Boolean()]),
      { maxProperties: MAX_CONTEXT_KEYS, additionalProperties: false },
    ),
  ),
})
export type WireEvent = Static<typeof WireEvent>

export const wireEventValidator = Compile(WireEvent)

/** The field that a type must carry besides the common fields. Such a field on another type is rejected. */
export const MEASURES: Partial<Record<EventType, 'durationMs' | 'depth' | 'scale' | 'value' | 'tag'>> = {
  dwell: 'durationMs',
  scroll: 'depth',
  zoom: 'scale',
  rating: 'value',
  tag: 'tag',
  untag: 'tag',
}

/** An event as the log stores it. Fields without a value are left out: nulls would close buckets of a time series. */
export interface LoggedEvent extends Omit<WireEvent, 'id' | 'at' | 'type' | 'userId' | 'appUserId' | 'visitorId'> {
  _id: string
  at: Date
  type: EventType
  /** Who acted: an account's id, `a:<app>:<appUserId>` or `v:<app>:<visitorId>`. */
  person: string
  /** Whether a crawler or a prefetch sent it: it is not counted. */
  automated?: true
  /** Whether the pixel reported it. */
  pixel?: true
  /** When it arrived among the events of its millisecond, as `arrivalPart` writes it; left out where the id contains it. */
  arrival?: string
}
