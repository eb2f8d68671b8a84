import { hash, randomUUID } from 'node:crypto'
import type { EventType, LoggedEvent } from './event.ts'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

const TIME_DIGITS = 12
const ARRIVAL_DIGITS = 13
const RANDOM_DIGITS = 7

/**
 * Returns the id of an event that has an id of its client: 6 bytes of its time and 10 bytes of a hash, as 32 hex digits that sort by
 * time. A retry yields the same id. The hash includes the principal, so callers can not produce each other's ids.
 * @param type left out for events of the service itself, and of times from which earlier versions may have stored ids without it
 */
export function eventId(at: Date, principal: string, clientId: string, imageId: string, type?: EventType): string {
  const identity = type === undefined ? [principal, clientId, imageId] : [principal, sameId(clientId), imageId, type]
  return timePart(at) + hash('sha256', JSON.stringify(identity)).slice(0, 20)
}

/** Returns one spelling of an id: UUIDs in upper and lower case are the same. */
function sameId(clientId: string): string {
  return UUID_V7.test(clientId) ? clientId.toLowerCase() : clientId
}

/** Returns an id for an event without an id of its client, as 32 hex digits that sort by time, then by arrival. */
export function idOfArrival(at: Date, arrival: string): string {
  // The first digits of a UUIDv4 are random, and Node caches them: other random bytes cost a system call for each event.
  return timePart(at) + arrival + randomUUID().slice(0, RANDOM_DIGITS)
}

/** Returns an arrival number (see `reserveArrivals`) as hex digits that sort by it. */
export function arrivalPart(arrival: number): string {
  return arrival.toString(16).padStart(ARRIVAL_DIGITS, '0')
}

/**
 * Returns the place of an event among all events: texts that sort by time, then by arrival, then by id. The id itself is this place
 * when it was made by the service.
 */
export function placeOfEvent({ _id, arrival = '' }: Pick<LoggedEvent, '_id' | 'arrival'>): string {
  return _id.slice(0, TIME_DIGITS) + arrival + _id.slice(TIME_DIGITS)
}

/** Returns the prefix of the ids of that time. As a bound it sorts after all earlier ids and before all others. */
export function timePart(at: Date): string {
  return Math.max(0, at.getTime()).toString(16).padStart(TIME_DIGITS, '0')
}

/** Returns the id of the same event at another time. */
export function atTime(id: string, at: Date): string {
  return timePart(at) + id.slice(TIME_DIGITS)
}

/** Returns the time that an event id carries. */
export function timeOfId(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, TIME_DIGITS), 16))
}

/** Returns the Unix time in ms that a UUIDv7 (RFC 9562) carries; undefined for any other id. */
export function uuidTime(id: string): number | undefined {
  return UUID_V7.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined
}
