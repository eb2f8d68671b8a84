import { Type } from '@fastify/type-provider-typebox'
import { Compile } from 'typebox/compile'
import { fieldProblem, Problem } from '../errors.ts'
import { firstFault } from '../http/problems/first-fault.ts'
import { strict } from '../http/schemas.ts'
import { UTC_TIME, WireEvent } from './event.ts'
import { parseTime } from './ingest/acceptance/event-time.ts'

const MAX_EVENTS = 1000
const DAY_MS = 86_400_000
/** Smaller differences may be the time that the request took. */
const TOLERATED_OFFSET_MS = 60_000

const SentAt = Type.String({
  pattern: UTC_TIME,
  description:
    'the time of the sender when it sends this request, set anew when it sends the events again. If it differs from the time of the ' +
    'service by more than a minute, the difference is added to the times of the events',
})
const Events = Type.Array(WireEvent, { maxItems: MAX_EVENTS })

/** Schema of the bodies that are not streams, for OpenAPI. Their items are validated one by one. */
export const EventsBody = Type.Unsafe<unknown>({
  oneOf: [WireEvent, Events, strict({ sentAt: SentAt, events: Events })],
})

const validator = Compile(strict({ sentAt: SentAt, events: Type.Array(Type.Unknown()) }))

/** The items of a body, and what is added to their times, in ms; undefined when the sender has not sent its time. */
export interface Batch {
  items: unknown[]
  clockOffset?: number
}

/**
 * Reads a body with several items: an array, or an object with the time of the sender.
 * @param bounds when the request arrived (Unix time in ms), and by how much a clock is corrected at most, in ms
 * @returns undefined when the body is a single item
 * @throws Problem `payload_too_large` for too many items, `invalid_request` for another fault of the object
 */
export function readBatch(body: unknown, bounds: { arrived: number; window: number }): Batch | undefined {
  if (Array.isArray(body)) return { items: bounded(body) }
  if (typeof body !== 'object' || body === null || !('events' in body || 'sentAt' in body)) return undefined
  if (!validator.Check(body)) {
    const { pointer = '', detail = 'is not valid' } = firstFault(validator, body) ?? {}
    throw fieldProblem(pointer, detail)
  }
  return { items: bounded(body.events), clockOffset: clockOffset(body.sentAt, bounds) }
}

function bounded(items: unknown[]): unknown[] {
  if (items.length > MAX_EVENTS) throw new Problem('payload_too_large', { detail: `at most ${MAX_EVENTS} events` })
  return items
}

function clockOffset(sentAt: string, { arrived, window }: { arrived: number; window: number }): number {
  const offset = arrived - parseTime(sentAt)
  if (Number.isNaN(offset)) throw fieldProblem('/sentAt', 'is not a time that exists')
  if (Math.abs(offset) > window)
    throw fieldProblem('/sentAt', `differs from the time of the service by more than ${window / DAY_MS} days`)
  return Math.abs(offset) > TOLERATED_OFFSET_MS ? offset : 0
}
