import { Type } from '@fastify/type-provider-typebox'
import type { Database } from '../database/connect.ts'
import type { Ingest } from '../events/ingest/ingest.ts'
import { accountOf, type UserIdentity } from '../http/plugins/identity.ts'
import { Id, IdParams, limitOf, oneOf, orNull, page, pageQuery, strict, Tag, Time } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import { visibleImage } from '../images/visible-image.ts'
import { KeyedMutex } from '../lib/keyed-mutex.ts'
import { changeFeedback } from './change-feedback.ts'
import { type FeedbackChange, NO_FEEDBACK } from './events-of-change.ts'
import { listFeedback } from './list-feedback.ts'
import { readFeedback, wireFeedback } from './read-feedback.ts'

const Reaction = Type.Unsafe<'like' | 'dislike' | null>({ enum: ['like', 'dislike', null] })
const Rating = Type.Unsafe<number | null>({ enum: [1, 2, 3, 4, 5, null] })

const ChangeSchema = strict({
  reaction: Type.Optional(Reaction),
  rating: Type.Optional(Rating),
  saved: Type.Optional(Type.Boolean()),
  tags: Type.Optional(Type.Array(Tag, { maxItems: 50 })),
})

/** Schema of feedback in answers. */
export const FeedbackSchema = strict({
  imageId: Id,
  reaction: Reaction,
  rating: Rating,
  saved: Type.Boolean(),
  tags: Type.Array(Type.String()),
  updatedAt: orNull(Time),
})
/** Schema of a page of feedback. */
export const FeedbackPage = page(FeedbackSchema)

const schemaOf = (operationId: string, summary: string) => ({
  operationId,
  summary,
  tags: ['feedback'],
  params: IdParams,
  response: { 200: FeedbackSchema },
})

const getSchema = schemaOf('getFeedback', "Get the caller's feedback on an image")
const putSchema = {
  ...schemaOf('putFeedback', "Replace the caller's feedback on an image; missing properties are cleared"),
  body: ChangeSchema,
}
const patchSchema = {
  ...schemaOf('patchFeedback', "Change the caller's feedback on an image; missing properties stay"),
  body: ChangeSchema,
}
const deleteSchema = {
  ...schemaOf('deleteFeedback', "Clear the caller's feedback on an image"),
  response: { 204: Type.Null({ description: 'The feedback is cleared' }) },
}
const listSchema = {
  operationId: 'listFeedback',
  summary: "List the caller's feedback, the last changed first",
  description: 'Images that the caller may no longer see are left out, so a page can be shorter than `limit`.',
  tags: ['feedback'],
  querystring: strict({
    ...pageQuery,
    reaction: Type.Optional(oneOf(['like', 'dislike'])),
    saved: Type.Optional(oneOf(['true', 'false'])),
  }),
  response: { 200: FeedbackPage },
}

/** Registers the routes of feedback. */
export async function feedbackRoutes(app: App, { database, ingest }: { database: Database; ingest: Ingest }) {
  const { db } = database
  const parts = { db, ingest, mutex: new KeyedMutex() }

  app.get('/v1/images/:id/feedback', { schema: getSchema }, async request => {
    const caller = accountOf(request)
    await visibleImage(database, request.params.id, caller)
    return wireFeedback(await readFeedback(db, caller.id, request.params.id))
  })

  app.put('/v1/images/:id/feedback', { schema: putSchema }, async request =>
    change(accountOf(request), request.params.id, { ...NO_FEEDBACK, ...request.body }),
  )

  app.patch('/v1/images/:id/feedback', { schema: patchSchema }, async request =>
    change(accountOf(request), request.params.id, request.body),
  )

  app.delete('/v1/images/:id/feedback', { schema: deleteSchema }, async (request, reply) => {
    await change(accountOf(request), request.params.id, NO_FEEDBACK)
    return reply.code(204).send(null)
  })

  app.get('/v1/users/me/feedback', { schema: listSchema }, async request => {
    const { reaction, saved, cursor } = request.query
    const query = { reaction, cursor, limit: limitOf(request.query), saved: saved && saved === 'true' }
    const { items, nextCursor } = await listFeedback(database, accountOf(request), query)
    return { items: items.map(wireFeedback), nextCursor }
  })

  async function change(caller: UserIdentity, imageId: string, wanted: FeedbackChange) {
    await visibleImage(database, imageId, caller)
    return wireFeedback(await changeFeedback(caller.id, imageId, wanted, parts))
  }
}
