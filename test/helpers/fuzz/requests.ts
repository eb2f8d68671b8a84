import fc from 'fast-check'
import { HOSTILE_JSON, HOSTILE_TEXT, token, validValue } from './arbitrary.ts'
import type { Operation, Schema } from './openapi.ts'

const HEADERS = ['if-none-match', 'if-match', 'if-range', 'range', 'origin', 'accept', 'x-forwarded-for', 'user-agent']
const HARM = ['none', 'none', 'none', 'body', 'body', 'query', 'path', 'header', 'raw', 'type'] as const
const KEYS = ['$where', 'a.b', '__proto__', 'constructor', '', 'surprise']
const TYPES = [
  'text/plain',
  'application/xml',
  'multipart/form-data',
  'application/x-ndjson',
  'nonsense',
  'application/json; charset=ebcdic',
]

const UNKNOWN = 'nothing'

/** One request to be: valid values for one operation, and what harm is done to them. */
export interface Case {
  operation: Operation
  caller: number
  path: Record<string, string>
  query: Record<string, unknown>
  body: { type: string; value: unknown } | undefined
  harm: { kind: (typeof HARM)[number]; where: number; what: number }
}

/** A request as it goes over the wire. */
export interface WireRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: Buffer | undefined
}

/** Finds what stands for a token: something that exists, if anything of that kind does. */
export type Pick = (kind: string, n: number) => string | undefined

/** Cases for an operation; half of them are as valid as its document can say. */
export function caseOf(operation: Operation): fc.Arbitrary<Case> {
  const resource = resourceOf(operation.path)
  const named = (place: string) => operation.parameters.filter(parameter => parameter.in === place)
  const path = named('path').map(({ name }) => {
    const [, kind = resource] = new RegExp(`/([^/]+)/\\{${name}\\}`).exec(operation.path) ?? []
    return [name, fc.nat(99).map(n => token(kind, n))] as const
  })
  const query = named('query').map(({ name, schema }) => [name, validValue(schema, name, resource)] as const)
  const bodies = operation.bodies.map(([type, schema]) => bodyOf(type, schema, operation, resource))
  if (bodies.length === 0 && operation.method === 'POST') bodies.push(formOf(wordsOf(operation.description)))
  return fc.record({
    operation: fc.constant(operation),
    caller: fc.nat(99),
    path: fc.record(Object.fromEntries(path)),
    query: fc.record(Object.fromEntries(query), { requiredKeys: [] }),
    body: bodies.length > 0 ? fc.oneof(...bodies) : fc.constant(undefined),
    harm: fc.record({ kind: fc.constantFrom(...HARM), where: fc.nat(9_999), what: fc.nat(9_999) }),
  })
}

/** What a path is about: the last of its names that is followed by an id, or the last of all. */
export function resourceOf(path: string): string {
  const names = path.split('/').filter(part => part !== '' && !part.startsWith('{'))
  return names.at(-1) ?? ''
}

function bodyOf(type: string, schema: Schema, { bodies }: Operation, resource: string) {
  if (type === 'multipart/form-data') return formOf(Object.keys(schema.properties ?? {}))
  const lines = type === 'application/x-ndjson' ? bodies.find(([other]) => other === 'application/json') : undefined
  return validValue(lines?.[1] ?? schema, '', resource).map(value => ({ type, value }))
}

/** A form with a picture and some texts. */
function formOf(names: string[]): fc.Arbitrary<{ type: string; value: unknown }> {
  const texts = fc.dictionary(fc.constantFrom(...names, 'surprise'), fc.string({ maxLength: 20 }), { maxKeys: 2 })
  const value = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 2, arbitrary: texts })
  return fc.record({ type: fc.constant('multipart/form-data'), value })
}

function wordsOf(text: string): string[] {
  return [...new Set(text.match(/[A-Za-z0-9]+/g) ?? ['x'])]
}

/** The request of a case, with what exists now, and the harm done. @param pictures bytes for forms */
export function requestOf({ operation, path, query, body, harm }: Case, pick: Pick, pictures: Buffer[]): WireRequest {
  const text = HOSTILE_TEXT[harm.what % HOSTILE_TEXT.length] ?? ''
  const headers: Record<string, string> = {}
  const real = (value: string) => value.replace(/<<(.*?)#(\d+)>>/g, (_, kind, n) => pick(kind, Number(n)) ?? UNKNOWN)
  const values = Object.entries(path).map(([name, value]) => [name, real(value)])
  if (harm.kind === 'path' && values[0]) values[0][1] = text
  const target = values.reduce((url, [name, value = '']) => url.replace(`{${name}}`, value), operation.path)
  const pairs = Object.entries(query)
    .map(([name, value]) => [name, real(String(value))] as const)
    .filter(([, value]) => value !== UNKNOWN)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  if (harm.kind === 'query') harmQuery(pairs, operation, harm, text)
  if (harm.kind === 'header') headers[HEADERS[harm.where % HEADERS.length] ?? ''] = decodeLoosely(text)
  const sent = body && payloadOf(body, harm, real, pictures)
  if (sent) headers['content-type'] = harm.kind === 'type' ? (TYPES[harm.what % TYPES.length] ?? '') : sent.type
  const search = pairs.length > 0 ? `?${pairs.join('&')}` : ''
  return { method: operation.method, path: target + search, headers, body: sent?.bytes }
}

function harmQuery(pairs: string[], { parameters }: Operation, { where }: Case['harm'], text: string): void {
  const names = [...parameters.filter(one => one.in === 'query').map(({ name }) => name), 'surprise']
  const name = names[where % names.length] ?? ''
  const forms = [
    `${name}=${text}`,
    `${name}[$ne]=${text}`,
    `${name}=1&${name}=${text}`,
    `${name}.a=1`,
    `__proto__=${text}`,
  ]
  pairs.push(forms[where % forms.length] ?? '')
}

/** Header values are bytes: what would end the header is left out. */
function decodeLoosely(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
}

function payloadOf(
  { type, value }: NonNullable<Case['body']>,
  { kind, where, what }: Case['harm'],
  real: (value: string) => string,
  pictures: Buffer[],
): { type: string; bytes: Buffer } {
  const hostile = HOSTILE_JSON[what % HOSTILE_JSON.length] ?? ''
  if (kind === 'raw') return { type, bytes: Buffer.from(where % 2 ? hostile : hostile.slice(0, -1)) }
  if (type === 'multipart/form-data') {
    const picture = pictures[where % pictures.length] ?? Buffer.alloc(0)
    return form(value as Record<string, string>, kind === 'body' ? picture.subarray(0, what % 700) : picture)
  }
  const harmed = kind === 'body' ? harmJson(value, where, hostile) : JSON.stringify(value)
  const json = real(harmed ?? 'null')
  const lines = type === 'application/x-ndjson' && Array.isArray(value) && kind !== 'body'
  return { type, bytes: Buffer.from(lines ? value.map(one => real(JSON.stringify(one))).join('\n') : json) }
}

function form(fields: Record<string, string>, picture: Buffer): { type: string; bytes: Buffer } {
  const part = (disposition: string) => `--edge\r\ncontent-disposition: form-data; name=${disposition}\r\n\r\n`
  const texts = Object.entries(fields).map(([name, value]) => `${part(JSON.stringify(name))}${value}\r\n`)
  const bytes = [
    Buffer.from(`${texts.join('')}${part('"file"; filename="a.png"')}`),
    picture,
    Buffer.from('\r\n--edge--\r\n'),
  ]
  return { type: 'multipart/form-data; boundary=edge', bytes: Buffer.concat(bytes) }
}

/** Puts a hostile text in the place of one value of a JSON text, or under a key that nobody asked for. */
function harmJson(value: unknown, where: number, hostile: string): string {
  const mark = '\u0007here\u0007'
  const spots = spotsOf(value)
  const spot = spots[where % spots.length] ?? []
  const holder = spot.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value)
  const extra = where % 3 === 0 && typeof holder === 'object' && holder !== null && !Array.isArray(holder)
  const harmed = extra
    ? replaced(value, spot, { ...holder, [`${mark}${KEYS[where % KEYS.length]}`]: mark })
    : replaced(value, spot, mark)
  const text = JSON.stringify(harmed)
  const written = JSON.stringify(mark)
  return text.replaceAll(written, () => hostile).replaceAll(written.slice(1, -1), '')
}

/** The ways to all values inside a value, itself included. */
function spotsOf(value: unknown, way: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [way]
  return [way, ...Object.entries(value).flatMap(([key, inner]) => spotsOf(inner, [...way, key]))]
}

function replaced(value: unknown, [key, ...rest]: string[], by: unknown): unknown {
  if (key === undefined) return by
  if (Array.isArray(value)) return value.map((inner, i) => (String(i) === key ? replaced(inner, rest, by) : inner))
  const inner = (value as Record<string, unknown>)[key]
  return { ...(value as object), [key]: replaced(inner, rest, by) }
}
