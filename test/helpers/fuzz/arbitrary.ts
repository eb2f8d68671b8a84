import fc from 'fast-check'
import type { Schema } from './openapi.ts'

const DAY = 86_400_000

/** Stands in a generated value for something that exists when it is sent: one of a kind, by number. */
export const token = (kind: string, n: number) => `<<${kind}#${n}>>`

/** Texts that no JSON.stringify would write, and the worst of those it would. */
export const HOSTILE_JSON = [
  '{"$ne":null}',
  '{"$gt":""}',
  '{"$where":"sleep(1000)"}',
  '{"a.b":1}',
  '{"":{"$in":[""]}}',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"toString":1,"length":-1}',
  '{"type":"like","type":"dislike"}',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"x\\udfff"',
  '"$imageId"',
  '"../../etc/passwd"',
  '""',
  '"\\u202e\\u0007"',
  `"${'x'.repeat(100_000)}"`,
  `"${'ä'.repeat(40_000)}"`,
  'null',
  'true',
  '[]',
  '{}',
  '[null]',
  '-1',
  '0.1',
  '-0',
  '1e308',
  '-1e400',
  '9007199254740993',
  '1e-320',
  '"12"',
  '"1e5"',
  '"2026-02-30T99:00:00Z"',
  '"+275760-09-13T00:00:00Z"',
  `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  `[${Array.from({ length: 50_000 }, () => 0).join()}]`,
  `[${Array.from({ length: 20_000 }, (_, i) => `"${i}"`).join()}]`,
  `{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":0`).join()}}`,
]

/** The same for what is text on the wire: queries, paths and headers. Percent signs are sent as they are. */
export const HOSTILE_TEXT = [
  '%00',
  'a%00b',
  '%ED%A0%80',
  '%FF%FE',
  '%C0%AF',
  '%',
  '%zz',
  '%24ne',
  '%7B%22%24ne%22%3Anull%7D',
  '__proto__',
  'constructor',
  '..%2F..%2Fetc%2Fpasswd',
  '%5B%5D',
  'NaN',
  '-1',
  '0',
  '101',
  '1e3',
  '99999999999999999999',
  'null',
  'undefined',
  '%F0%9F%92%A9',
  '%27%20OR%201%3D1',
  '(a%2B)%2B%24',
  'x'.repeat(300),
  'y'.repeat(5_000),
  // Cursors: not JSON, of other types, with times that are none, with operators.
  ...[
    'nothing',
    '{}',
    '[1e308,"x"]',
    '[1e16,"x"]',
    '["x",1]',
    '[null,null]',
    '[-1,"\\u0000"]',
    '[1,"\\ud800"]',
    '[[],{}]',
  ].map(text => Buffer.from(text).toString('base64url')),
  Buffer.from('["\\u0000"]').toString('base64url'),
  Buffer.from('["\\ud800"]').toString('base64url'),
]

/**
 * Values that a schema lets pass. Fields that name something (`imageId`, `ids`, `cursor`) mostly name what exists.
 * @param resource what the path is about, as `images`
 */
export function validValue(schema: Schema, name: string, resource: string): fc.Arbitrary<unknown> {
  const again = (inner: Schema, innerName = name) => validValue(inner, innerName, resource)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return fc.oneof(...choices.map(choice => again(choice)))
  const [type] = [schema.type].flat()
  switch (type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1_000_000, max: schema.maximum ?? 1_000_000 })
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true })
    case 'string':
      return validString(schema, name, resource)
    case 'array': {
      const size = { minLength: schema.minItems ?? 0, maxLength: Math.min(schema.maxItems ?? 4, 4) }
      const items = again(schema.items ?? {}, name.replace(/s$/, ''))
      return schema.uniqueItems ? fc.uniqueArray(items, { ...size, selector: JSON.stringify }) : fc.array(items, size)
    }
    case 'object':
      return validObject(schema, resource)
    default:
      return fc.jsonValue({ maxDepth: 2 })
  }
}

function validObject({ properties = {}, required = [], patternProperties = {} }: Schema, resource: string) {
  const fields = Object.entries(properties).map(([name, schema]) => [name, validValue(schema, name, resource)] as const)
  const [pattern] = Object.entries(patternProperties)
  const named = fc.record(Object.fromEntries(fields), { requiredKeys: required })
  if (!pattern) return named
  const others = fc.dictionary(matching(pattern[0]), validValue(pattern[1], '', resource), { maxKeys: 4 })
  return fc.tuple(named, others).map(([some, more]) => ({ ...some, ...more }))
}

function validString(schema: Schema, name: string, resource: string): fc.Arbitrary<string> {
  const kind = kindOf(name, resource)
  const any = anyString(schema)
  if (kind === undefined) return any
  const often = kind.startsWith(name) ? 1 : 9
  return fc.oneof({ weight: often, arbitrary: fc.nat(99).map(n => token(kind, n)) }, { weight: 1, arbitrary: any })
}

/** What kind of thing a field names, by its name alone. */
function kindOf(name: string, resource: string): string | undefined {
  if (name === 'cursor') return `cursor ${resource}`
  if (name === 'id' || name === 'ids') return resource
  if (name === 'email' || name === 'password') return `${name}s`
  const [, stem] = /^(\w+)Id$/.exec(name) ?? []
  return stem === 'owner' ? 'users' : stem && `${stem}s`
}

function anyString({ format, pattern, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  if (format === 'date-time') return fc.integer({ min: -9 * DAY, max: 600_000 }).map(ago => iso(ago))
  if (format === 'email') return fc.nat(1e6).map(n => `fuzz-${n}@example.com`)
  if (pattern === undefined) return fc.string({ minLength, maxLength: Math.min(maxLength, 60) })
  if (pattern.includes('T'))
    return fc.oneof(
      fc.nat(6 * DAY).map(ago => iso(-ago)),
      matching(pattern),
    )
  return matching(pattern)
    .map(text => text.slice(0, maxLength))
    .filter(text => text.length >= minLength)
}

const iso = (offset: number) => new Date(Date.now() + offset).toISOString()

const patterns = new Map<string, fc.Arbitrary<string>>()

function matching(pattern: string): fc.Arbitrary<string> {
  const known = patterns.get(pattern)
  if (known) return known
  const expression = new RegExp(pattern, 'u')
  const text = () => fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter(one => expression.test(one))
  const made = pattern.includes('\\uD800') || pattern.includes('\ud800') ? text() : fc.stringMatching(expression)
  patterns.set(pattern, made)
  return made
}
