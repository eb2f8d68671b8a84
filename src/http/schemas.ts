import { type Static, type TProperties, type TSchema, Type } from '@fastify/type-provider-typebox'
import { COUNTRY_PATTERN } from './countries.ts'

/** An object that refuses what it does not name. */
export function strict<Properties extends TProperties>(properties: Properties) {
  return Type.Object(properties, { additionalProperties: false })
}

/** One of a few words. */
export function oneOf<const Word extends string>(words: readonly Word[]) {
  return Type.Unsafe<Word>({ type: 'string', enum: [...words] })
}

/** Ids are opaque; the pattern keeps operators, NUL and control characters out of every filter. */
export const Id = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' })

/** Text of people: any character but NUL and half a surrogate pair, which no store keeps as it came. */
export function Text(bounds: { minLength?: number; maxLength: number; description?: string }) {
  return Type.String({ ...bounds, pattern: '^[^\\u0000\\uD800-\\uDFFF]*$' })
}

/** RFC 3339 in UTC. */
export const Time = Type.String({ format: 'date-time' })

/** Where somebody is: a country, and as much more as is known. */
export const Geography = strict({
  country: Type.String({ pattern: COUNTRY_PATTERN, description: 'ISO 3166-1 alpha-2' }),
  region: Type.Optional(Text({ minLength: 1, maxLength: 100 })),
  city: Type.Optional(Text({ minLength: 1, maxLength: 100 })),
})
export type Geography = Static<typeof Geography>

export const IdParams = strict({ id: Id })

/** A page of a list. */
export function page<Item extends TSchema>(item: Item) {
  return Type.Object({ items: Type.Array(item), nextCursor: Type.Union([Type.String(), Type.Null()]) })
}

/** What every list takes in its query: values of a query are text, so the number is written as digits. */
export const pageQuery = {
  limit: Type.Optional(Type.String({ pattern: '^([1-9]|[1-9][0-9]|100)$', description: '1 to 100, 20 by default' })),
  cursor: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,512}$' })),
}

/** `limit` of a validated query as a number. */
export function limitOf(query: { limit?: string }): number {
  return Number(query.limit ?? 20)
}
