import { type Static, Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../errors.ts'
import type { Identity } from '../http/identity.ts'
import type { App } from '../http/server.ts'
import { type Accepted, accept, isRejection } from './accept.ts'
import { type Rejection, WireEvent } from './event.ts'
import type { Entry, KnownImage } from './flush.ts'
import type { Ingest } from './ingest.ts'

const MOST_ITEMS = 1000

const Answer = Type.Object({
  accepted: Type.Integer(),
  rejectedCount: Type.Integer(),
  rejected: Type.Array(
    Type.Object({
      index: Type.Integer(),
      code: Type.String(),
      detail: Type.String(),
      pointer: Type.Optional(Type.String()),
    }),
  ),
})

const schema = {
  operationId: 'postEvents',
  summary: 'Report what happened to images',
  description: 'One event or up to 1,000. 202 means: durable, and counted exactly once.',
  tags: ['events'],
  body: Type.Unsafe<unknown>({ oneOf: [WireEvent, { type: 'array', items: WireEvent, maxItems: MOST_ITEMS }] }),
  querystring: Type.Object({ key: Type.Optional(Type.String()) }, { additionalProperties: false }),
  response: { 202: Answer },
}

/** @param window how old an event may be, in ms */
export async function eventRoutes(app: App, { ingest, window }: { ingest: Ingest; window: number }): Promise<void> {
  // Items are judged one by one: a bad one among a thousand must not stop the rest.
  const validatorCompiler = () => () => true
  app.post('/v1/events', { schema, validatorCompiler }, postEvents)

  async function postEvents(request: FastifyRequest, reply: FastifyReply): Promise<Static<typeof Answer>> {
    const caller = eventCaller(request)
    const many = Array.isArray(request.body)
    const items: unknown[] = Array.isArray(request.body) ? request.body : [request.body]
    if (items.length > MOST_ITEMS) throw new Problem('payload_too_large', { detail: `at most ${MOST_ITEMS} events` })
    const rejections = await store(items, caller)
    const [only] = rejections.values()
    if (!many && only) throw eventProblem(only)
    reply.code(202)
    return {
      accepted: items.length - rejections.size,
      rejectedCount: rejections.size,
      rejected: [...rejections].sort(([a], [b]) => a - b).map(([index, rejection]) => ({ index, ...rejection })),
    }
  }

  /** The rejected items by index; the others are stored when this returns. */
  async function store(items: unknown[], caller: Identity): Promise<Map<number, Rejection>> {
    const rejections = new Map<number, Rejection>()
    const entries: Entry[] = []
    const places: number[] = []
    const now = Date.now()
    for (const [index, item] of items.entries()) {
      const judged = accept(item, caller, now, window)
      if (isRejection(judged)) rejections.set(index, judged)
      else {
        entries.push(entryOf(judged, caller))
        places.push(index)
      }
    }
    if (entries.length === 0) return rejections
    for (const [i, outcome] of (await ingest.submit(entries)).entries()) {
      if (outcome) rejections.set(places[i] ?? i, outcome)
    }
    return rejections
  }
}

function entryOf(accepted: Accepted, caller: Identity): Entry {
  return { ...accepted, bytes: sizeOf(accepted), mayReach: image => mayReach(image, caller) }
}

/** About what an event weighs in a command; strings dominate. */
function sizeOf({ event }: Accepted): number {
  return 200 + (event.context || event.geography ? JSON.stringify([event.context, event.geography]).length : 0)
}

/** Users reach what they may see, a server's key every image, a key in a web page the public ones. */
function mayReach(image: KnownImage, caller: Identity): boolean {
  if (image.visibility === 'public') return true
  if (caller.kind === 'user') return caller.id === image.ownerId || caller.roles.includes('admin')
  return caller.scopes.includes('events:write')
}

/** The caller, checked against the origins that a key in a web page is bound to. */
function eventCaller({ identity, headers }: FastifyRequest): Identity {
  if (identity === null) throw new Problem('unauthenticated')
  const bound = identity.kind === 'key' && !identity.scopes.includes('events:write')
  if (bound && !identity.origins.includes(headers.origin ?? '')) {
    throw new Problem('forbidden', { detail: 'this key is bound to other origins' })
  }
  return identity
}

function eventProblem({ code, detail, pointer }: Rejection): Problem {
  return new Problem('event_rejected', {
    detail: `${code}: ${detail}`,
    errors: [{ pointer: pointer ?? '', detail, code }],
  })
}
