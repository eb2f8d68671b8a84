import { type Static, Type } from '@fastify/type-provider-typebox'
import { oneOf, orNull, pageQuery, strict, Tag, Time } from '../../http/schemas.ts'
import { COUNTRY_PATTERN } from '../../lib/countries.ts'
import { METRICS } from './metrics.ts'
import { WINDOWS } from './top-images.ts'

const item = { imageId: Type.String(), value: Type.Number() }

export const TopQuery = strict({
  metric: oneOf(METRICS),
  window: Type.Optional(oneOf(WINDOWS)),
  country: Type.Optional(
    Type.String({
      pattern: COUNTRY_PATTERN,
      description:
        'ISO 3166-1 alpha-2; only images with at least 5 people of the country, of the 500 images with the highest values there',
    }),
  ),
  tag: Type.Optional(Type.Unsafe<string>({ ...Tag, description: 'a tag of the image, set by its owner' })),
  limit: pageQuery.limit,
})

export const TopAnswer = Type.Object({
  metric: oneOf(METRICS),
  window: oneOf(WINDOWS),
  from: orNull(Time),
  asOf: Time,
  items: Type.Array(Type.Object({ ...item, exact: Type.Boolean() })),
})
export type TopAnswer = Static<typeof TopAnswer>

export const TrendingQuery = strict({ limit: pageQuery.limit })

export const TrendingAnswer = Type.Object({
  from: Time,
  asOf: Time,
  items: Type.Array(
    Type.Object({
      ...item,
      recent: Type.Integer({ description: 'events of interest since `from`' }),
      expected: Type.Number({ description: 'the number expected from the seven days before' }),
    }),
  ),
})
export type TrendingAnswer = Static<typeof TrendingAnswer>
