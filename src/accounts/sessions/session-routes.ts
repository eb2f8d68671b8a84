import { Type } from '@fastify/type-provider-typebox'
import { Problem } from '../../errors.ts'
import { pageById } from '../../http/cursor.ts'
import { accountOf } from '../../http/plugins/identity.ts'
import { Id, IdParams, orNull, page, pageQuery, strict, Time } from '../../http/schemas.ts'
import type { App } from '../../http/server.ts'
import type { Accounts } from '../accounts.ts'
import { originOf } from '../request-origin.ts'
import { GivenPassword, MAX_BODY_BYTES, SessionEnded } from '../schemas.ts'
import { confirmSession } from './confirmation.ts'
import { endSessions } from './end-sessions.ts'
import { wireSession } from './session.ts'

export const Session = Type.Object({
  id: Id,
  current: Type.Boolean({ description: 'the session of this request' }),
  userAgent: orNull(Type.String()),
  createdAt: Time,
  lastUsedAt: Time,
  expiresAt: Time,
})

const listSchema = {
  operationId: 'listSessions',
  summary: "List the caller's sessions, newest first",
  tags: ['accounts'],
  querystring: strict(pageQuery),
  response: { 200: page(Session) },
}

const confirmSchema = {
  operationId: 'confirmSession',
  summary: 'Confirm the current session by the password',
  description:
    'Acts of an admin on accounts and keys, and erasures of other people, are answered with `confirmation_required` unless the ' +
    'password was entered within 10 minutes: with the sign-in, or here.',
  tags: ['accounts'],
  body: strict({ password: GivenPassword }),
  response: { 204: Type.Null({ description: 'Confirmed for 10 minutes' }) },
}

const endOneSchema = {
  operationId: 'endOneSession',
  summary: "End one of the caller's sessions",
  tags: ['accounts'],
  params: IdParams,
  response: SessionEnded,
}

const endAllSchema = {
  operationId: 'endSessions',
  summary: "End all of the caller's sessions",
  tags: ['accounts'],
  response: SessionEnded,
}

/** Registers the routes of sessions that exist: their list, confirmation and end. */
export async function sessionRoutes(app: App, accounts: Accounts): Promise<void> {
  const { sessions } = accounts

  const confirmOptions = { schema: confirmSchema, bodyLimit: MAX_BODY_BYTES }
  app.post('/v1/sessions/current/confirmation', confirmOptions, async (request, reply) => {
    await confirmSession(accounts, accountOf(request), request.body.password, originOf(request))
    return reply.code(204).send(null)
  })

  app.get('/v1/sessions', { schema: listSchema }, async request => {
    const { id, sessionId } = accountOf(request)
    return pageById(
      request.query,
      (before, limit) => sessions.listOf(id, before, limit),
      session => wireSession(session, sessionId),
    )
  })

  app.delete('/v1/sessions/:id', { schema: endOneSchema }, async (request, reply) => {
    const count = await endSessions(accounts, request, request.params.id)
    if (count === 0) throw new Problem('not_found', { detail: 'session not found' })
    return reply.code(204).send(null)
  })

  app.delete('/v1/sessions', { schema: endAllSchema }, async (request, reply) => {
    await endSessions(accounts, request)
    return reply.code(204).send(null)
  })
}
