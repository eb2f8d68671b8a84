import { pointerOf } from '../../errors.ts'
import type { Identity } from '../../http/plugins/identity.ts'
import { countryFault } from '../../lib/countries.ts'
import { tagText } from '../../lib/tags.ts'
import {
  IMPLICIT_TYPES,
  type LoggedEvent,
  MAX_ACTOR_LENGTH,
  MAX_CONTEXT_KEYS,
  MEASURES,
  WireEvent,
  wireEventValidator,
} from '../event.ts'
import { arrivalPart, eventId, idOfArrival, uuidTime } from '../event-id.ts'
import type { Rejection, RejectionCode } from '../rejection.ts'

const MAX_AHEAD_MS = 5 * 60_000
const MAX_FIELDS = Object.keys(WireEvent.properties).length

/** A valid event. Whether its image and account exist is checked later, for a whole batch. */
export interface Accepted {
  event: LoggedEvent
  /** The account that acted; it must exist. */
  userId?: string
}

/** When an item is accepted. */
export interface Acceptance {
  /** Unix time in ms. */
  now: number
  /** The acceptance window: how old `at` may be, in ms. */
  window: number
  /** The number that was reserved for the item. */
  arrival: number
  /** The time since which ids contain the type. */
  typedSince: Date
}

/** Validates one item: its fields, its time and the person that it names. */
export function acceptEvent(item: unknown, caller: Identity, acceptance: Acceptance): Accepted | Rejection {
  const tooMany = fieldCountFault(item)
  if (tooMany) return tooMany
  if (!wireEventValidator.Check(item)) return fieldRejection(item)
  const fault = measureFault(item) ?? contextFault(item)
  if (fault) return fault
  const actor = actorOf(item, caller)
  if ('code' in actor) return actor
  const at = timeOfEvent(item, acceptance)
  if ('code' in at) return at
  const { id, at: _at, userId: _u, appUserId: _a, visitorId: _v, ...fields } = item
  if (fields.tag !== undefined) fields.tag = tagText(fields.tag)
  const { typedSince } = acceptance
  const arrival = arrivalPart(acceptance.arrival)
  const identity =
    id === undefined
      ? { _id: idOfArrival(at, arrival) }
      : { _id: eventId(at, actor.principal, id, item.imageId, at < typedSince ? undefined : item.type), arrival }
  const event: LoggedEvent = { ...identity, ...fields, at, person: actor.person }
  const userId = caller.kind === 'user' ? caller.id : item.userId
  return userId === undefined ? { event } : { event, userId }
}

export function isRejection(result: Accepted | Rejection): result is Rejection {
  return 'code' in result
}

function rejection(code: RejectionCode, detail: string, pointer?: string): Rejection {
  return pointer === undefined ? { code, detail } : { code, detail, pointer }
}

function fieldRejection(item: unknown): Rejection {
  const [error] = wireEventValidator.Errors(item)
  if (!error) return rejection('bad_field', 'is not an event')
  const params = error.params as { requiredProperties?: string[]; additionalProperties?: string[] }
  const [named] = params.requiredProperties ?? params.additionalProperties ?? []
  return rejection(
    'bad_field',
    countryFault(error.keyword, error.params) ?? error.message,
    named === undefined ? error.instancePath : error.instancePath + pointerOf(named),
  )
}

/** Rejects items with too many fields before the schema looks at each: validating 100,000 of them would block the process. */
function fieldCountFault(item: unknown): Rejection | undefined {
  const { context } = (item ?? {}) as { context?: unknown }
  if (fieldsIn(context) > MAX_CONTEXT_KEYS) {
    return rejection('bad_field', `has more than ${MAX_CONTEXT_KEYS} fields`, '/context')
  }
  return fieldsIn(item) > MAX_FIELDS ? rejection('bad_field', 'has more fields than an event', '') : undefined
}

function fieldsIn(value: unknown): number {
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0
}

function measureFault(item: WireEvent): Rejection | undefined {
  const needed = MEASURES[item.type]
  if (needed !== undefined && item[needed] === undefined) {
    return rejection('bad_field', `${item.type} needs ${needed}`, `/${needed}`)
  }
  const foreign = Object.values(MEASURES).find(measure => measure !== needed && item[measure] !== undefined)
  return foreign && rejection('bad_field', `${foreign} does not belong to ${item.type}`, `/${foreign}`)
}

/** Rejects integers that JSON can not carry exactly: the parser has rounded them. */
function contextFault({ context = {} }: WireEvent): Rejection | undefined {
  const isRounded = (value: unknown) => Number.isInteger(value) && !Number.isSafeInteger(value)
  const [name] = Object.entries(context).find(([, value]) => isRounded(value)) ?? []
  if (name === undefined) return undefined
  return rejection(
    'bad_field',
    'is an integer beyond 2^53, which is not exact in JSON: send it as text',
    `/context${pointerOf(name)}`,
  )
}

interface Actor {
  person: string
  principal: string
}

/** Returns who acted: the token's user; whom a key with `events:write` names; a visitor for a key with `events:collect`. */
function actorOf(item: WireEvent, caller: Identity): Actor | Rejection {
  const named = (['userId', 'appUserId', 'visitorId'] as const).filter(field => item[field] !== undefined)
  if (caller.kind === 'user') {
    if (named[0])
      return rejection('actor_not_allowed', "events of a user token are the user's own: leave it out", `/${named[0]}`)
    return { person: caller.id, principal: `user:${caller.id}` }
  }
  const principal = `app:${caller.app}`
  if (!caller.scopes.includes('events:write')) {
    const foreign = named.find(field => field !== 'visitorId')
    if (foreign)
      return rejection(
        'actor_not_allowed',
        'a key without the scope events:write may name visitorId only',
        `/${foreign}`,
      )
    if (!(IMPLICIT_TYPES as readonly string[]).includes(item.type)) {
      return rejection(
        'type_not_allowed',
        `a key without the scope events:write may send ${IMPLICIT_TYPES.join(', ')} only`,
        '/type',
      )
    }
  }
  if (named.length === 0)
    return rejection('actor_missing', 'name the person by userId, appUserId or visitorId', '/visitorId')
  if (named.length > 1)
    return rejection('actor_not_allowed', 'name one of userId, appUserId and visitorId only', `/${named[1]}`)
  if (item.visitorId !== undefined) return { person: personOfApp('v', caller.app, item.visitorId), principal }
  if (item.appUserId !== undefined) return { person: personOfApp('a', caller.app, item.appUserId), principal }
  return { person: item.userId ?? '', principal }
}

/** Returns the people that a rejected item names, and the user who sent it. */
export function peopleOf(item: unknown, caller: Identity): string[] {
  const { userId, appUserId, visitorId } = (item ?? {}) as Record<string, unknown>
  const people = new Set<string>()
  if (typeof userId === 'string') people.add(userId.slice(0, 64))
  if (caller.kind === 'user') return [...people.add(caller.id)]
  if (typeof appUserId === 'string') people.add(personOfApp('a', caller.app, appUserId))
  if (typeof visitorId === 'string') people.add(personOfApp('v', caller.app, visitorId))
  return [...people]
}

/** Returns the id of a person of an app: `a:<app>:<appUserId>` or `v:<app>:<visitorId>`. */
export function personOfApp(kind: 'a' | 'v', app: string, id: string): string {
  return `${kind}:${app}:${id.slice(0, MAX_ACTOR_LENGTH)}`
}

/** Whether a time is the given one, as precisely as it is written: clients shorten the time of a UUIDv7 to seconds. */
function isWrittenAs(time: number, at: string): boolean {
  const [, digits = ''] = /\.(\d{1,3})/.exec(at) ?? []
  const unit = 10 ** (3 - digits.length)
  return Math.floor(time / unit) * unit === timeOf(at)
}

/** Parses a time to ms. @returns NaN for days and hours that do not exist; Date.parse takes the next day instead */
function timeOf(at: string): number {
  const time = Date.parse(at)
  return new Date(time).getUTCDate() === Number(at.slice(8, 10)) ? time : Number.NaN
}

/** Returns the time of an event. A UUIDv7 carries its own time, another id needs `at`, and with neither it is the present. */
function timeOfEvent({ id, at }: WireEvent, { now, window }: Acceptance): Date | Rejection {
  const given = at === undefined ? undefined : timeOf(at)
  if (Number.isNaN(given))
    return rejection('bad_field', 'is not a time (RFC 3339 in UTC, as in 2026-11-01T06:00:00.000Z)', '/at')
  if (id === undefined && given === undefined) return new Date(now)
  const carried = id === undefined ? undefined : uuidTime(id)
  if (carried !== undefined && at !== undefined && !isWrittenAs(carried, at)) {
    return rejection(
      'at_mismatch',
      `differs from the time in the UUIDv7 id, which is ${new Date(carried).toISOString()}`,
      '/at',
    )
  }
  const time = carried ?? given
  if (time === undefined)
    return rejection('at_missing', 'an id that is not a UUIDv7 needs the time of the event', '/at')
  if (time < now - window || time > now + MAX_AHEAD_MS) {
    return rejection(
      'out_of_window',
      `must lie within the last ${window / 86_400_000} days and at most 5 minutes ahead`,
      '/at',
    )
  }
  return new Date(time)
}
