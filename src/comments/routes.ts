import { Type } from '@fastify/type-provider-typebox'
import { displayNames } from '../accounts/accounts.ts'
import type { AuditTrail } from '../accounts/audit-trail.ts'
import { accountOf } from '../http/plugins/identity.ts'
import { Id, IdParams, limitOf, orNull, page, pageQuery, strict, Text, Time } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import { visibleImage } from '../images/visible-image.ts'
import { KeyedMutex } from '../lib/keyed-mutex.ts'
import { comments, wireComment } from './comment.ts'
import { deleteComment } from './delete-comment.ts'
import { listComments } from './list-comments.ts'
import { type CommentParts, postComment } from './post-comment.ts'

/** Schema of a comment in answers. */
export const CommentSchema = strict({
  id: Id,
  imageId: Id,
  userId: Id,
  displayName: orNull(Type.String({ description: 'of the author' })),
  text: Type.String(),
  createdAt: Time,
})
/** Schema of a page of comments. */
export const CommentPage = page(CommentSchema)

const postSchema = {
  operationId: 'postComment',
  summary: 'Post a comment',
  description:
    'An account may post 10 comments a minute. Posting the same text on the same image again returns the existing comment ' +
    'with 200, so a retry is safe.',
  tags: ['feedback'],
  params: IdParams,
  body: strict({ text: Text({ minLength: 1, maxLength: 2000 }) }),
  response: { 200: CommentSchema, 201: CommentSchema },
}

const listSchema = {
  operationId: 'listComments',
  summary: 'List the comments on an image, newest first',
  tags: ['feedback'],
  params: IdParams,
  querystring: strict(pageQuery),
  response: { 200: CommentPage },
}

const deleteSchema = {
  operationId: 'deleteComment',
  summary: 'Delete a comment',
  description: 'The author, the owner of the image and admins may delete a comment.',
  tags: ['feedback'],
  params: IdParams,
  response: { 204: Type.Null({ description: 'The comment is deleted' }) },
}

/** Registers the routes of comments. */
export async function commentRoutes(app: App, parts: CommentParts & { audit: AuditTrail }) {
  const { database } = parts
  const postParts = { ...parts, mutex: new KeyedMutex() }

  app.post('/v1/images/:id/comments', { schema: postSchema }, async (request, reply) => {
    const caller = accountOf(request)
    const imageId = request.params.id
    await visibleImage(database, imageId, caller)
    const { comment, isNew } = await postComment({ userId: caller.id, imageId, text: request.body.text }, postParts)
    return reply.code(isNew ? 201 : 200).send(wireComment(comment, await displayNames(database, [caller.id])))
  })

  app.get('/v1/images/:id/comments', { schema: listSchema }, async request => {
    const imageId = request.params.id
    await visibleImage(database, imageId, request.identity)
    const query = { cursor: request.query.cursor, limit: limitOf(request.query) }
    const { items, nextCursor } = await listComments(comments(database.connection), imageId, query)
    const authors = items.map(({ userId }) => userId)
    const names = await displayNames(database, authors)
    return { items: items.map(comment => wireComment(comment, names)), nextCursor }
  })

  app.delete('/v1/comments/:id', { schema: deleteSchema }, async (request, reply) => {
    await deleteComment(request.params.id, accountOf(request), request.ip, parts)
    return reply.code(204).send(null)
  })
}
