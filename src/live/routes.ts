import { Type } from '@fastify/type-provider-typebox'
import { Problem } from '../errors.ts'
import type { KnownImage } from '../events/ingest/flush.ts'
import { SITE } from '../events/marks/buckets.ts'
import { EVENT_STREAM, EventStream } from '../http/answers/event-stream.ts'
import type { Identity } from '../http/plugins/identity.ts'
import { callerKey } from '../http/plugins/limits.ts'
import { Id, strict } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import { maySeeStats } from '../images/image.ts'
import type { LiveNumbers } from './live-numbers.ts'

const liveSchema = {
  operationId: 'followNumbers',
  summary: 'Follow the numbers of an image, or of the site',
  description:
    'A stream of server-sent events, which goes on until one of the two ends it. `snapshot` has all numbers, in the form of the stats of ' +
    'all time without what is null: `totals`, `asOf`, and for an image `current`. `change` is a JSON merge patch (RFC 7396) of it: what ' +
    'has changed since the event before. They come at most twice a second. A client that connects again with `Last-Event-ID` gets what ' +
    'has changed since, or a snapshot; nothing while nothing has. Every 15 s there is a comment. The stream ends when the caller ' +
    'may not see the numbers any more, and with the access token; a client that takes nothing for 30 s is dropped. Without `imageId` ' +
    'the numbers are those of the site, for analysts, admins and keys with `stats:read`. 50 streams of a caller are open at most (429), ' +
    'and as many as half of MAX_CONNECTIONS in all (503).',
  tags: ['stats'],
  querystring: strict({ imageId: Type.Optional(Id) }),
  headers: Type.Object({
    'last-event-id': Type.Optional(Type.String({ description: 'the `id` of the last event of an earlier stream' })),
  }),
  response: { 200: { description: 'The events', content: { [EVENT_STREAM]: { schema: Type.String() } } } },
}

interface LiveRouteParts {
  live: LiveNumbers
  findImages(ids: string[]): Promise<Map<string, KnownImage>>
}

/** Registers the route of live numbers. */
export async function liveRoutes(app: App, { live, findImages }: LiveRouteParts): Promise<void> {
  app.get('/v1/live', { schema: liveSchema }, async (request, reply) => {
    const { imageId } = request.query
    const image = imageId === undefined ? undefined : (await findImages([imageId])).get(imageId)
    const mayFollow = (caller: Identity | null, found: KnownImage | undefined) =>
      imageId === undefined ? maySeeSite(caller) : found !== undefined && maySeeStats(found, caller)
    if (!mayFollow(request.identity, image)) throw refusalOf(imageId)
    const caller = callerKey(request)
    live.admit(caller)
    if (request.method === 'HEAD') return reply.type(EVENT_STREAM).send('')
    live.follow(imageId ?? SITE, new EventStream(request, reply), {
      caller,
      lastEventId: request.headers['last-event-id'],
      mayGoOn: async found => {
        const identity = await request.identifyAgain()
        return identity !== null && mayFollow(identity, found)
      },
    })
    return reply
  })
}

function maySeeSite(caller: Identity | null): boolean {
  return caller?.kind === 'key' || (caller?.roles.some(role => role === 'analyst' || role === 'admin') ?? false)
}

function refusalOf(imageId: string | undefined): Problem {
  if (imageId !== undefined) return new Problem('not_found', { detail: 'image not found' })
  return new Problem('forbidden', { detail: 'without imageId: requires the role analyst or admin' })
}
