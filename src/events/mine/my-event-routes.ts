import { Type } from '@fastify/type-provider-typebox'
import { accountOf } from '../../http/plugins/identity.ts'
import { Id, limitOf, page, pageQuery, strict, Time } from '../../http/schemas.ts'
import type { App } from '../../http/server.ts'
import { type LoggedEvent, WireEvent } from '../event.ts'
import type { Log } from '../log/log.ts'
import { myEvents } from './my-events.ts'

/** The actor is always the caller, so the answer leaves the actor fields out. */
const { userId: _u, appUserId: _a, visitorId: _v, ...properties } = WireEvent.properties

/** An event of the caller. */
export const MyEventSchema = strict({ ...properties, id: Type.String(), at: Time })

const schema = {
  operationId: 'listMyEvents',
  summary: "List the caller's events, newest first",
  tags: ['events'],
  querystring: strict({ ...pageQuery, imageId: Type.Optional(Id) }),
  response: { 200: page(MyEventSchema) },
}

/** Registers `GET /v1/users/me/events`. */
export async function myEventRoutes(app: App, { log }: { log: Log }): Promise<void> {
  app.get('/v1/users/me/events', { schema }, async request => {
    const { imageId, cursor } = request.query
    const query = { imageId, cursor, limit: limitOf(request.query) }
    const { items, nextCursor } = await myEvents(log, accountOf(request).id, query)
    return { items: items.map(wireEvent), nextCursor }
  })
}

function wireEvent({ _id, person: _p, at, ...rest }: LoggedEvent) {
  return { id: _id, at: at.toISOString(), ...rest }
}
