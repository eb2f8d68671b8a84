import { Type } from '@fastify/type-provider-typebox'
import { Problem } from '../../errors.ts'
import { pageById } from '../../http/cursor.ts'
import { accountOf } from '../../http/plugins/identity.ts'
import { Id, IdParams, page, pageQuery, strict, Time } from '../../http/schemas.ts'
import type { App } from '../../http/server.ts'
import type { Accounts } from '../accounts.ts'
import { originOf } from '../request-origin.ts'
import { GivenPassword, SMALL_BODY } from '../schemas.ts'
import { refresh } from './refresh-session.ts'
import { wireSession } from './session.ts'
import { signIn } from './sign-in.ts'

const Grant = Type.Object({
  accessToken: Type.String(),
  tokenType: Type.Literal('Bearer'),
  expiresIn: Type.Integer({ description: 'seconds' }),
  refreshToken: Type.String({ description: 'good for one use; the next comes with it' }),
})

const Session = Type.Object({
  id: Id,
  current: Type.Boolean({ description: 'the one that asks' }),
  userAgent: Type.Union([Type.String(), Type.Null()]),
  createdAt: Time,
  lastUsedAt: Time,
  expiresAt: Time,
})

const over = { 204: Type.Null({ description: 'Over; its access tokens are refused within seconds' }) }

const signInSchema = {
  operationId: 'signIn',
  summary: 'Sign in: an access token for 15 minutes, and one to refresh it with',
  tags: ['accounts'],
  body: strict({ email: Type.String({ maxLength: 254 }), password: GivenPassword }),
  response: { 201: Grant },
}

const refreshSchema = {
  operationId: 'refreshSession',
  summary: 'Get the next pair of tokens',
  description:
    'A refresh token is good for one use. Within 10 s a repeated use gives the same next one, so that a lost answer or two ' +
    'tabs do no harm; later it ends the session, for then somebody has kept it. Unused for 30 days a session ends.',
  tags: ['accounts'],
  body: strict({ refreshToken: Type.String({ maxLength: 200 }) }),
  response: { 200: Grant },
}

const listSchema = {
  operationId: 'listSessions',
  summary: 'Where I am signed in, newest first',
  tags: ['accounts'],
  querystring: strict(pageQuery),
  response: { 200: page(Session) },
}

const endCurrentSchema = { operationId: 'endSession', summary: 'Sign out', tags: ['accounts'], response: over }

const endOneSchema = {
  operationId: 'endOneSession',
  summary: 'Sign out somewhere else',
  tags: ['accounts'],
  params: IdParams,
  response: over,
}

const endAllSchema = { operationId: 'endSessions', summary: 'Sign out everywhere', tags: ['accounts'], response: over }

export async function sessionRoutes(app: App, accounts: Accounts): Promise<void> {
  const { sessions } = accounts

  app.post('/v1/sessions', { schema: signInSchema, bodyLimit: SMALL_BODY }, async (request, reply) => {
    const grant = await signIn(accounts, request.body, originOf(request))
    return reply.code(201).header('cache-control', 'no-store').send(grant)
  })

  app.post('/v1/sessions/refresh', { schema: refreshSchema, bodyLimit: SMALL_BODY }, async (request, reply) => {
    const grant = await refresh(accounts, request.body.refreshToken, originOf(request))
    return reply.header('cache-control', 'no-store').send(grant)
  })

  app.get('/v1/sessions', { schema: listSchema }, async request => {
    const { id, sessionId } = accountOf(request)
    return pageById(
      request.query,
      (before, limit) => sessions.listOf(id, before, limit),
      session => wireSession(session, sessionId),
    )
  })

  app.delete('/v1/sessions/current', { schema: endCurrentSchema }, async (request, reply) => {
    await sessions.end({ _id: accountOf(request).sessionId })
    return reply.code(204).send(null)
  })

  app.delete('/v1/sessions/:id', { schema: endOneSchema }, async (request, reply) => {
    const ended = await sessions.end({ _id: request.params.id, userId: accountOf(request).id })
    if (ended === 0) throw new Problem('not_found')
    return reply.code(204).send(null)
  })

  app.delete('/v1/sessions', { schema: endAllSchema }, async (request, reply) => {
    await sessions.end({ userId: accountOf(request).id })
    return reply.code(204).send(null)
  })
}
