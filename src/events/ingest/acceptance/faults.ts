import { pointerOf } from '../../../errors.ts'
import { firstFault } from '../../../http/problems/first-fault.ts'
import { MAX_CLIENT_ID_BYTES, MAX_CONTEXT_KEYS, MEASURES, WireEvent, wireEventValidator } from '../../event.ts'
import { type Rejection, rejection } from '../../rejection.ts'

const MAX_FIELDS = Object.keys(WireEvent.properties).length

/** Returns what is wrong with the fields of an item; undefined when it is an event. */
export function faultOf(item: unknown): Rejection | undefined {
  const tooMany = fieldCountFault(item)
  if (tooMany) return tooMany
  if (!wireEventValidator.Check(item)) return fieldRejection(item)
  return measureFault(item) ?? idFault(item) ?? contextFault(item)
}

function fieldRejection(item: unknown): Rejection {
  const { pointer, detail = 'is not an event' } = firstFault(wireEventValidator, item) ?? {}
  return rejection('bad_field', detail, pointer)
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

/** Rejects ids that are longer in UTF-8 than in characters. */
function idFault(item: WireEvent): Rejection | undefined {
  const field = (['id', 'appUserId', 'visitorId'] as const).find(
    name => Buffer.byteLength(item[name] ?? '') > MAX_CLIENT_ID_BYTES,
  )
  return field && rejection('bad_field', `is longer than ${MAX_CLIENT_ID_BYTES} bytes in UTF-8`, `/${field}`)
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
