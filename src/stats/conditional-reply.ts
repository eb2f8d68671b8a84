import { createHash } from 'node:crypto'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isFresh } from '../http/conditions.ts'

/** Schema of a 304 answer. */
export const unchanged = Type.Null({ description: 'The numbers have not changed' })

/**
 * Answers with an ETag and a lifetime of 5 s, or with 304 when the client has the same version.
 * @param version what the ETag is made from; the whole body by default
 */
export function replyWithEtag<Body>(body: Body, request: FastifyRequest, reply: FastifyReply, version: unknown = body) {
  const hash = createHash('sha256').update(JSON.stringify(version)).digest('base64url').slice(0, 22)
  const etag = `"${hash}"`
  reply.header('etag', `W/${etag}`).header('cache-control', 'private, max-age=5')
  if (isFresh(request.headers, { etag })) return reply.code(304).send()
  return body
}
