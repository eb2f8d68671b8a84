import { randomUUID } from 'node:crypto'
import { pointerOf } from '../../errors.ts'
import type { Identity } from '../../http/plugins/identity.ts'
import {
  IMPLICIT_TYPES,
  type LoggedEvent,
  MAX_ACTOR_LENGTH,
  MAX_CONTEXT_KEYS,
  MEASURES,
  type Rejection,
  type RejectionCode,
  WireEvent,
  wireEventValidator,
} from '../event.ts'
import { eventId, uuidTime } from '../event-id.ts'

const AHEAD = 5 * 60_000
const MOST_FIELDS = Object.keys(WireEvent.properties).length

/** What a caller sent, made ready for the log; whether its image and account exist is asked later, for many at once. */
export interface Accepted {
  event: LoggedEvent
  /** The account that acted and that must exist. */
  userId?: string
}

/**
 * Judges one item by itself: its fields, its time and whom it may speak for.
 * @param window how old `at` may be, in ms
 */
export function acceptEvent(item: unknown, caller: Identity, now: number, window: number): Accepted | Rejection {
  const crowd = crowdFault(item)
  if (crowd) return crowd
  if (!wireEventValidator.Check(item)) return fieldRejection(item)
  const fault = measureFault(item)
  if (fault) return fault
  const actor = actorOf(item, caller)
  if ('code' in actor) return actor
  const moment = momentOf(item, now, window)
  if ('code' in moment) return moment
  const { id: _id, at: _at, userId: _u, appUserId: _a, visitorId: _v, ...fields } = item
  const id = eventId(moment.at, actor.principal, moment.id, item.imageId)
  const event: LoggedEvent = { _id: id, ...fields, at: moment.at, person: actor.person }
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
    error.message,
    named === undefined ? error.instancePath : error.instancePath + pointerOf(named),
  )
}

/** To look at a hundred thousand fields one by one would keep everybody waiting: they are one fault. */
function crowdFault(item: unknown): Rejection | undefined {
  const { context } = (item ?? {}) as { context?: unknown }
  if (fieldsIn(context) > MAX_CONTEXT_KEYS) {
    return rejection('bad_field', `has more than ${MAX_CONTEXT_KEYS} fields`, '/context')
  }
  return fieldsIn(item) > MOST_FIELDS ? rejection('bad_field', 'has more fields than an event', '') : undefined
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

interface Actor {
  person: string
  principal: string
}

/** A token speaks for its user; a server's key for whom it names; a key in a web page for visitors alone. */
function actorOf(item: WireEvent, caller: Identity): Actor | Rejection {
  const named = (['userId', 'appUserId', 'visitorId'] as const).filter(field => item[field] !== undefined)
  if (caller.kind === 'user') {
    if (named[0]) return rejection('actor_not_allowed', 'a user acts for nobody else', `/${named[0]}`)
    return { person: caller.id, principal: `user:${caller.id}` }
  }
  const principal = `app:${caller.app}`
  if (!caller.scopes.includes('events:write')) {
    const foreign = named.find(field => field !== 'visitorId')
    if (foreign) return rejection('actor_not_allowed', 'this key names visitors only', `/${foreign}`)
    if (!(IMPLICIT_TYPES as readonly string[]).includes(item.type)) {
      return rejection('type_not_allowed', 'this key reports implicit events only', '/type')
    }
  }
  if (named.length === 0) return rejection('actor_missing', 'names nobody', '/visitorId')
  if (named.length > 1) return rejection('actor_not_allowed', 'names more than one actor', `/${named[1]}`)
  if (item.visitorId !== undefined) return { person: personOfApp('v', caller.app, item.visitorId), principal }
  if (item.appUserId !== undefined) return { person: personOfApp('a', caller.app, item.appUserId), principal }
  return { person: item.userId ?? '', principal }
}

/** Everybody whom a refused item names, as far as it does in our words; a user's are the user's own as well. */
export function peopleOf(item: unknown, caller: Identity): string[] {
  const { userId, appUserId, visitorId } = (item ?? {}) as Record<string, unknown>
  const people = new Set<string>()
  if (typeof userId === 'string') people.add(userId.slice(0, 64))
  if (caller.kind === 'user') return [...people.add(caller.id)]
  if (typeof appUserId === 'string') people.add(personOfApp('a', caller.app, appUserId))
  if (typeof visitorId === 'string') people.add(personOfApp('v', caller.app, visitorId))
  return [...people]
}

/** The one way in which a person of an app is named. */
export function personOfApp(kind: 'a' | 'v', app: string, id: string): string {
  return `${kind}:${app}:${id.slice(0, MAX_ACTOR_LENGTH)}`
}

/** In ms; NaN where there is no such day or hour, in the place of which Date.parse takes the day after. */
function timeOf(at: string): number {
  const time = Date.parse(at)
  return new Date(time).getUTCDate() === Number(at.slice(8, 10)) ? time : Number.NaN
}

interface Moment {
  id: string
  at: Date
}

/** A UUIDv7 carries its own time; another id needs one; with neither the server stamps both. */
function momentOf({ id, at }: WireEvent, now: number, window: number): Moment | Rejection {
  const given = at === undefined ? undefined : timeOf(at)
  if (Number.isNaN(given)) return rejection('bad_field', 'is not a time', '/at')
  if (id === undefined && given === undefined) return { id: randomUUID(), at: new Date(now) }
  const carried = id === undefined ? undefined : uuidTime(id)
  if (carried !== undefined && given !== undefined && carried !== given) {
    return rejection('at_mismatch', `the id's own time is ${new Date(carried).toISOString()}`, '/at')
  }
  const time = given ?? carried
  if (time === undefined) return rejection('at_missing', 'an id that is no UUIDv7 needs a time', '/at')
  if (time < now - window || time > now + AHEAD) {
    return rejection('out_of_window', `lies outside the last ${window / 86_400_000} days`, '/at')
  }
  return { id: id ?? randomUUID(), at: new Date(time) }
}
