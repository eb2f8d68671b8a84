import { Readable } from 'node:stream'
import { type Static, Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { parseAsJson } from '../http/json-body.ts'
import { isStreamed } from '../http/plugins/body-timeout.ts'
import type { Identity } from '../http/plugins/identity.ts'
import type { App } from '../http/server.ts'
import { type Batch, EventsBody, readBatch } from './batch.ts'
import { eventCaller } from './event-caller.ts'
import { type Intake, ingestItem, ingestItems } from './ingest/intake.ts'
import { ingestStream, NOTHING } from './ingest/stream/ingest-stream.ts'

const MAX_BODY_BYTES = 4_194_304
/** Newline-delimited JSON, under each of the names that are in use. */
const NDJSON = ['application/x-ndjson', 'application/ndjson', 'application/jsonl']
/** The longest pause within a stream. */
const STREAM_SILENCE_MS = 30_000

const IngestAnswer = Type.Object({
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
  warnings: Type.Array(
    Type.Object({ index: Type.Integer(), code: Type.String(), detail: Type.String(), pointer: Type.String() }),
    {
      description:
        'what was left out of accepted events: `unknown_country`, the geography with a code that no country has',
    },
  ),
  duplicates: Type.Integer({
    description: 'how many of the accepted events were stored before; 0 where the event log is a time series',
  }),
})

const Lines = Type.Unsafe<unknown>({ description: 'one event per line' })

const schema = {
  operationId: 'postEvents',
  summary: 'Send interaction events',
  description:
    'Takes one event, an array of up to 1,000, such an array with the time of the sender, or any number as newline-delimited JSON. ' +
    'Bodies may be compressed by gzip or br (Content-Encoding). 202 means that the accepted events are durable and will be ' +
    'counted exactly once. When a stream breaks off or pauses for 30 s, the problem has the members `accepted` and `lines`; ' +
    'sending all of it again is safe. Events that crawlers send with a key for web pages, and events of prefetched pages, are ' +
    'stored but not counted. Events of a key with the scope events:write are not subject to ' +
    'the rate limit; when the queue is full, the answer is 503.',
  tags: ['events'],
  body: {
    content: {
      'application/json': { schema: EventsBody },
      'text/plain': { schema: EventsBody },
      ...Object.fromEntries(NDJSON.map(type => [type, { schema: Lines }])),
    },
  },
  querystring: Type.Object({ key: Type.Optional(Type.String()) }, { additionalProperties: false }),
  response: { 202: IngestAnswer },
}

/**
 * Registers `POST /v1/events`.
 * @param silence the longest pause within a stream, in ms
 */
export async function eventRoutes(
  app: App,
  { silence = STREAM_SILENCE_MS, ...intake }: Intake & { silence?: number },
): Promise<void> {
  const ending = new AbortController()
  app.addHook('preClose', async () => ending.abort())
  const limits = { silence, ending: ending.signal }
  app.addContentTypeParser(NDJSON, async (_request: FastifyRequest, body: Readable) => body)
  // navigator.sendBeacon can send this type without a preflight request.
  parseAsJson(app, 'text/plain')
  // Events are validated one by one, so that an invalid one does not reject the whole batch.
  const validatorCompiler = () => () => true
  app.post(
    '/v1/events',
    {
      schema,
      validatorCompiler,
      bodyLimit: MAX_BODY_BYTES,
      config: { anyOrigin: true, streamed: NDJSON, decompressed: true, itemwise: true, limitedByQueue: true },
    },
    postEvents,
  )

  async function postEvents(request: FastifyRequest, reply: FastifyReply): Promise<Static<typeof IngestAnswer>> {
    const caller = eventCaller(request)
    reply.code(202)
    const { body } = request
    // A request without a body is a stream without lines.
    if (body === undefined && isStreamed(request)) return NOTHING
    if (body instanceof Readable) return ingestStream(body, caller, intake, limits)
    const bounds = { arrived: Math.round(Date.now() - reply.elapsedTime), window: intake.window }
    const batch = readBatch(body, bounds)
    return batch ? postBatch(batch, caller) : postOne(body, caller)
  }

  async function postBatch({ items, ...options }: Batch, caller: Identity): Promise<Static<typeof IngestAnswer>> {
    const { rejected, ...others } = await ingestItems(items, caller, intake, options)
    return { accepted: items.length - rejected.length, rejectedCount: rejected.length, rejected, ...others }
  }

  async function postOne(item: unknown, caller: Identity): Promise<Static<typeof IngestAnswer>> {
    return { accepted: 1, rejectedCount: 0, ...(await ingestItem(item, caller, intake)) }
  }
}
