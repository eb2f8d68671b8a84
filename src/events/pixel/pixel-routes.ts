import { type Static, Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Id, oneOf, strict } from '../../http/schemas.ts'
import type { App } from '../../http/server.ts'
import { ClientId, UTC_TIME } from '../event.ts'
import { eventCaller } from '../event-caller.ts'
import { type Intake, ingestItem } from '../ingest/intake.ts'
import type { PixelVisitors } from './pixel-visitor.ts'

/** A transparent GIF of one pixel. */
const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

const PixelQuery = strict({
  key: Type.Optional(Type.String({ description: 'an API key with the scope events:pixel' })),
  imageId: Id,
  type: oneOf(['impression', 'view']),
  id: Type.Optional(
    Type.Unsafe<string>({ ...ClientId, description: 'as of an event: what is loaded again with it counts once' }),
  ),
  at: Type.Optional(Type.String({ pattern: UTC_TIME, description: 'as of an event; now by default' })),
  visitorId: Type.Optional(
    Type.Unsafe<string>({
      ...ClientId,
      description: 'who looks, as the app names them; by default whoever loads the pixel, told apart for a day',
    }),
  ),
})

type PixelRequest = FastifyRequest<{ Querystring: Static<typeof PixelQuery> }>

const schema = {
  operationId: 'getPixel',
  summary: 'Report an event by loading an image',
  description:
    'For e-mails and feeds, where scripts do not run. Reports an impression or a view of a public image. Nothing tells where the ' +
    'pixel stands, so its key, which readers can see, may do nothing else, and its events have `pixel` in exports.',
  tags: ['events'],
  querystring: PixelQuery,
  response: { 200: { description: 'the event is durable', content: { 'image/gif': { schema: Type.Any() } } } },
}

interface PixelParts {
  intake: Intake
  visitors: PixelVisitors
}

/** Registers `GET /v1/pixel.gif`. */
export async function pixelRoutes(app: App, { intake, visitors }: PixelParts): Promise<void> {
  const options = { schema, config: { limitedAsFile: true as const }, exposeHeadRoute: false }
  app.get('/v1/pixel.gif', options, getPixel)

  async function getPixel(request: PixelRequest, reply: FastifyReply) {
    const { key: _key, visitorId = visitors.idOf(request), ...event } = request.query
    await ingestItem({ ...event, visitorId }, { ...eventCaller(request), pixel: true }, intake)
    return reply.header('cache-control', 'no-store').type('image/gif').send(GIF)
  }
}
