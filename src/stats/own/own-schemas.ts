import { type Static, Type } from '@fastify/type-provider-typebox'
import { block, statsProperties } from '../schemas.ts'
import { MAX_NAMED } from './read-own-stats.ts'

export const MyStats = Type.Object({
  ...statsProperties,
  imageCount: Type.Integer({ description: 'the number of all images' }),
  images: Type.Array(
    Type.Object({
      imageId: Type.String(),
      ...block,
      before: Type.Optional(
        Type.Object(block, { description: 'The numbers of the time before, when the answer has them' }),
      ),
    }),
    { description: `the images by descending number of views, at most ${MAX_NAMED}` },
  ),
})
export type MyStats = Static<typeof MyStats>
