import type { FastifyReply } from 'fastify'

/** Adds headers of the request to Vary, unless it has them. */
export function varyBy(reply: FastifyReply, ...headers: string[]): void {
  const others = [reply.getHeader('vary') ?? []].flat().flatMap(value => String(value).split(/, */))
  const known = new Set(others.map(name => name.toLowerCase()))
  reply.header('vary', [...others, ...headers.filter(name => !known.has(name.toLowerCase()))].join(', '))
}
