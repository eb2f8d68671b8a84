import { createHash } from 'node:crypto'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isFresh } from '../http/conditions.ts'

export const unchanged = Type.Null({ description: 'It has not changed' })

/** Numbers with an ETag made of them, good for some seconds; nothing where the caller has them already. */
export function replyWithEtag<Body>(body: Body, request: FastifyRequest, reply: FastifyReply) {
  const etag = `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 22)}"`
  reply.header('etag', etag).header('cache-control', 'private, max-age=5').header('vary', 'authorization, x-api-key')
  if (isFresh(request.headers, { etag })) return reply.code(304).send()
  return body
}
