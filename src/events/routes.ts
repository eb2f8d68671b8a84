import { Readable } from 'node:stream'
import { type Static, Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../errors.ts'
import type { Identity } from '../http/plugins/identity.ts'
import type { App } from '../http/server.ts'
import { type Rejection, WireEvent } from './event.ts'
import { ingestStream } from './ingest/ingest-stream.ts'
import { type Intake, ingestItems } from './ingest/intake.ts'

const MOST_ITEMS = 1000
const BODY_BYTES = 4_194_304
const NDJSON = 'application/x-ndjson'
/** How long the sender of a stream may be silent, in ms. */
const SILENCE = 30_000

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

const Items = Type.Unsafe<unknown>({ oneOf: [WireEvent, { type: 'array', items: WireEvent, maxItems: MOST_ITEMS }] })

const schema = {
  operationId: 'postEvents',
  summary: 'Report what happened to images',
  description:
    'One event, up to 1,000 in an array, or any number as newline-delimited JSON. 202 means: durable, and counted ' +
    'exactly once. A stream that breaks off, or is silent for 30 s, answers with {accepted, lines}; sending it all again is safe. ' +
    'What a key with events:write reports here is held up by the queue (503), not by the rate limit.',
  tags: ['events'],
  body: {
    content: {
      'application/json': { schema: Items },
      'text/plain': { schema: Items },
      [NDJSON]: { schema: Type.Unsafe<unknown>({ description: 'an event a line' }) },
    },
  },
  querystring: Type.Object({ key: Type.Optional(Type.String()) }, { additionalProperties: false }),
  response: { 202: Answer },
}

export async function eventRoutes(
  app: App,
  { silence = SILENCE, ...intake }: Intake & { silence?: number },
): Promise<void> {
  const ending = new AbortController()
  app.addHook('preClose', async () => ending.abort())
  const patience = { silence, ending: ending.signal }
  app.addContentTypeParser(NDJSON, async (_request: FastifyRequest, body: Readable) => body)
  // What navigator.sendBeacon can send without a preflight.
  app.addContentTypeParser('text/plain', { parseAs: 'string' }, app.getDefaultJsonParser('ignore', 'ignore'))
  // Items are judged one by one: a bad one among a thousand must not stop the rest.
  const validatorCompiler = () => () => true
  app.post(
    '/v1/events',
    {
      schema,
      validatorCompiler,
      bodyLimit: BODY_BYTES,
      config: { streamed: NDJSON, itemwise: true, limitedByQueue: true },
    },
    postEvents,
  )

  async function postEvents(request: FastifyRequest, reply: FastifyReply): Promise<Static<typeof Answer>> {
    const caller = eventCaller(request)
    reply.code(202)
    const { body } = request
    if (body instanceof Readable) return ingestStream(body, caller, intake, patience)
    return Array.isArray(body) ? takeMany(body, caller) : takeOne(body, caller)
  }

  async function takeMany(items: unknown[], caller: Identity): Promise<Static<typeof Answer>> {
    if (items.length > MOST_ITEMS) throw new Problem('payload_too_large', { detail: `at most ${MOST_ITEMS} events` })
    const rejected = await ingestItems(items, caller, intake)
    return { accepted: items.length - rejected.length, rejectedCount: rejected.length, rejected }
  }

  async function takeOne(item: unknown, caller: Identity): Promise<Static<typeof Answer>> {
    const [rejection] = await ingestItems([item], caller, intake)
    if (rejection) throw eventProblem(rejection)
    return { accepted: 1, rejectedCount: 0, rejected: [] }
  }
}

/** The caller, checked against the origins that a key in a web page is bound to; a server says nothing of where people are. */
function eventCaller({ identity, headers, geography }: FastifyRequest): Identity {
  if (identity === null) throw new Problem('unauthenticated')
  if (identity.kind === 'key') {
    if (identity.scopes.includes('events:write')) return identity
    if (!identity.origins.includes(headers.origin ?? '')) {
      throw new Problem('forbidden', { detail: 'this key is bound to other origins' })
    }
  }
  return geography ? { ...identity, location: geography } : identity
}

function eventProblem({ code, detail, pointer }: Rejection): Problem {
  return new Problem('event_rejected', {
    detail: `${code}: ${detail}`,
    errors: [{ pointer: pointer ?? '', detail, code }],
  })
}
