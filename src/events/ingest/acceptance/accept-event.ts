import type { Identity } from '../../../http/plugins/identity.ts'
import { isCountry } from '../../../lib/countries.ts'
import { tagText } from '../../../lib/tags.ts'
import type { LoggedEvent, WireEvent } from '../../event.ts'
import { arrivalPart, eventId, idOfArrival } from '../../event-id.ts'
import type { Rejection } from '../../rejection.ts'
import { UNKNOWN_COUNTRY, type Warning } from '../../warning.ts'
import { actorOf } from './actor.ts'
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
  const { id, at: _at, userId: _u, appUserId: _a, visitorId: _v, ...fields } = wire
  const { typedSince } = acceptance
  const arrival = arrivalPart(acceptance.arrival)
  const identity =
    id === undefined
      ? { _id: idOfArrival(at, arrival) }
      : { _id: eventId(at, actor.principal, id, wire.imageId, at < typedSince ? undefined : wire.type), arrival }
  const event: LoggedEvent = { ...identity, ...fields, at, person: actor.person }
  if (event.tag !== undefined) event.tag = tagText(event.tag)
  if (caller.automated) event.automated = true
  const accepted: Accepted = { event }
  const userId = caller.kind === 'user' ? caller.id : wire.userId
  if (userId !== undefined) accepted.userId = userId
  if (event.geography && !isCountry(event.geography.country)) {
    delete event.geography
    accepted.warning = UNKNOWN_COUNTRY
  }
  return accepted
}

export function isRejection(result: Accepted | Rejection): result is Rejection {
  return 'code' in result
}
