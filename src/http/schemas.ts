import { type Static, type TProperties, type TSchema, Type } from '@fastify/type-provider-typebox'
import { COUNTRY_PATTERN } from '../lib/countries.ts'
import { describedPattern } from '../lib/patterns.ts'

const STORABLE = describedPattern('^[^\\u0000\\uD800-\\uDFFF]*$', 'must not contain NUL or a lone surrogate')
const STORABLE_TAG = describedPattern(
  '^(?=.*\\S)[^\\u0000\\uD800-\\uDFFF]*$',
  'must contain more than white space, and neither NUL nor a lone surrogate',
)

/** Schema of an object without further properties. */
export function strict<Properties extends TProperties>(properties: Properties) {
  return Type.Object(properties, { additionalProperties: false })
}

/** Schema of an enumeration of strings. */
export function oneOf<const Word extends string>(words: readonly Word[]) {
  return Type.Unsafe<Word>({ type: 'string', enum: [...words] })
}

/** Schema of an opaque id. The pattern keeps query operators and control characters out of filters. */
export const Id = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' })

/** Schema of free text: any characters except NUL and lone surrogates, which databases can not store unchanged. */
export function Text(bounds: { minLength?: number; maxLength: number; description?: string }) {
  return Type.String({ ...bounds, pattern: STORABLE })
}

/** Schema of a tag, which has more than white space. */
export const Tag = Type.String({ minLength: 1, maxLength: 50, pattern: STORABLE_TAG })

/** Schema of a time, RFC 3339 in UTC. */
export const Time = Type.String({ format: 'date-time' })

/** Region and city of a location. */
export const PLACE = {
  region: Type.Optional(Text({ minLength: 1, maxLength: 100 })),
  city: Type.Optional(Text({ minLength: 1, maxLength: 100 })),
}

/** Schema of a location: a country, and region and city if known. */
export const Geography = strict({
  country: Type.String({ pattern: COUNTRY_PATTERN, description: 'ISO 3166-1 alpha-2, or XK' }),
  ...PLACE,
})
export type Geography = Static<typeof Geography>

/** Returns the schema of a value that may be null. */
export function orNull<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()])
}

/** Path parameters of a route with an id. */
export const IdParams = strict({ id: Id })

/** Schema of a page of a list. */
export function page<Item extends TSchema>(item: Item) {
  return Type.Object({ items: Type.Array(item), nextCursor: Type.Union([Type.String(), Type.Null()]) })
}

/** Query parameters of every list. Query values are text, so the number is matched as digits. */
export const pageQuery = {
  limit: Type.Optional(Type.String({ pattern: '^([1-9]|[1-9][0-9]|100)$', description: '1 to 100, 20 by default' })),
  cursor: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,512}$' })),
}

/** Returns `limit` of a validated query as a number. */
export function limitOf(query: { limit?: string }): number {
  return Number(query.limit ?? 20)
}
