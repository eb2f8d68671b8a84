import { hash } from 'node:crypto'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/**
 * Returns the id of an event: 6 bytes of its time and 10 bytes of a hash, as 32 hex digits that sort by time. A retry yields
 * the same id. The hash includes the principal, so callers can not produce each other's ids.
 */
export function eventId(at: Date, principal: string, clientId: string, imageId: string): string {
  return timePart(at) + hash('sha256', JSON.stringify([principal, clientId, imageId])).slice(0, 20)
}

/** Returns the prefix of the ids of that time. As a bound it sorts after all earlier ids and before all others. */
export function timePart(at: Date): string {
  return Math.max(0, at.getTime()).toString(16).padStart(12, '0')
}

/** Returns the time that an event id carries. */
export function timeOfId(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 12), 16))
}

/** Returns the Unix time in ms that a UUIDv7 (RFC 9562) carries; undefined for any other id. */
export function uuidTime(id: string): number | undefined {
  return UUID_V7.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined
}
