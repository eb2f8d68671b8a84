import { hash } from 'node:crypto'

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/**
 * The identity of an event: 6 bytes of its time and 10 of a hash, as 32 hex digits that sort by time. A retry gives the same
 * one, and no caller can make another's: the principal is hashed in.
 */
export function eventId(at: Date, principal: string, clientId: string, imageId: string): string {
  return timePart(at) + hash('sha256', JSON.stringify([principal, clientId, imageId])).slice(0, 20)
}

/** What ids of that moment begin with; as a bound it sorts behind all earlier ids and before all others. */
export function timePart(at: Date): string {
  return Math.max(0, at.getTime()).toString(16).padStart(12, '0')
}

/** When the event of that id happened. */
export function timeOfId(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 12), 16))
}

/** The milliseconds that a UUIDv7 carries (RFC 9562); undefined for any other id. */
export function uuidTime(id: string): number | undefined {
  return UUID_V7.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined
}
