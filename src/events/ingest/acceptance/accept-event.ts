import type { Identity } from '../../../http/plugins/identity.ts'
import { isCountry } from '../../../lib/countries.ts'
import { tagText } from '../../../lib/tags.ts'
import type { LoggedEvent, WireEvent } from '../../event.ts'
import { arrivalPart, eventId, idOfArrival } from '../../event-id.ts'
import type { Rejection } from '../../rejection.ts'
import { UNKNOWN_COUNTRY, type Warning } from '../../warning.ts'
import { type Actor, actorOf } from './actor.ts'
import { type TimeBounds, timeOfEvent } from './event-time.ts'
import { faultOf } from './faults.ts'

/** A valid event. Whether its image and account exist is checked later, for a whole batch. */
export interface Accepted {
  event: LoggedEvent
  /** The account that acted; it must exist. */
  userId?: string
  /** What was left out of it. */
  warning?: Warning
}

/** When an item is accepted. */
export interface Acceptance extends TimeBounds {
  /** The number that was reserved for the item. */
  arrival: number
  /** The time since which ids contain the type. */
  typedSince: Date
}

/** Validates one item: its fields, its time and the person that it names. */
export function acceptEvent(item: unknown, caller: Identity, acceptance: Acceptance): Accepted | Rejection {
  const fault = faultOf(item)
  if (fault) return fault
  const wire = item as WireEvent
  const actor = actorOf(wire, caller)
  if ('code' in actor) return actor
  const at = timeOfEvent(wire, acceptance)
  if ('code' in at) return at
  const event = loggedEvent(wire, at, actor, acceptance)
  if (event.tag !== undefined) event.tag = tagText(event.tag)
  if (caller.automated) event.automated = true
  if (caller.pixel) event.pixel = true
  const accepted: Accepted = { event }
  const userId = caller.kind === 'user' ? caller.id : wire.userId
  if (userId !== undefined) accepted.userId = userId
  if (event.geography && !isCountry(event.geography.country)) {
    delete event.geography
    accepted.warning = UNKNOWN_COUNTRY
  }
  return accepted
}

/** Fields of an event as it is sent whose place `_id`, `at` and `person` take. */
const REPLACED_FIELDS: ReadonlySet<string> = new Set(['id', 'at', 'userId', 'appUserId', 'visitorId'])

/** Returns an event as the log stores it. Copies field by field: rest and spread take twenty times as long. */
function loggedEvent(
  wire: WireEvent,
  at: Date,
  { person, principal }: Actor,
  { arrival, typedSince }: Acceptance,
): LoggedEvent {
  const { id, imageId, type } = wire
  const arrived = arrivalPart(arrival)
  const identity: Partial<LoggedEvent> =
    id === undefined
      ? { _id: idOfArrival(at, arrived) }
      : { _id: eventId(at, principal, id, imageId, at < typedSince ? undefined : type), arrival: arrived }
  const event = identity as LoggedEvent & Record<string, unknown>
  for (const [field, value] of Object.entries(wire)) if (!REPLACED_FIELDS.has(field)) event[field] = value
  event.at = at
  event.person = person
  return event
}

export function isRejection(result: Accepted | Rejection): result is Rejection {
  return 'code' in result
}
