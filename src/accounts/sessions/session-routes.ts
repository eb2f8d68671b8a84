import { Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import { pageById } from '../../http/cursor.ts'
import { accountOf } from '../../http/plugins/identity.ts'
import { Id, IdParams, orNull, page, pageQuery, strict, Time } from '../../http/schemas.ts'
import type { App } from '../../http/server.ts'
import type { Accounts } from '../accounts.ts'
import { originOf } from '../request-origin.ts'
import { GivenPassword, MAX_BODY_BYTES } from '../schemas.ts'
import { confirmSession } from './confirmation.ts'
import { refresh } from './refresh-session.ts'
import { wireSession } from './session.ts'
import { signIn } from './sign-in.ts'

export const Grant = Type.Object({
  accessToken: Type.String(),
  tokenType: Type.Literal('Bearer'),
  expiresIn: Type.Integer({ description: 'seconds' }),
  refreshToken: Type.String({ description: 'valid for one use; the answer to that contains the next one' }),
})

export const Session = Type.Object({
  id: Id,
  current: Type.Boolean({ description: 'the session of this request' }),
  userAgent: orNull(Type.String()),
  createdAt: Time,
  lastUsedAt: Time,
  expiresAt: Time,
})

const ended = { 204: Type.Null({ description: 'Ended; its access tokens are refused within seconds' }) }

const signInSchema = {
  operationId: 'signIn',
  summary: 'Sign in',
  description: 'Returns an access token for 15 minutes and a refresh token.',
  tags: ['accounts'],
  body: strict({ email: Type.String({ maxLength: 254 }), password: GivenPassword }),
  response: { 201: Grant },
}

const refreshSchema = {
  operationId: 'refreshSession',
  summary: 'Refresh the tokens of a session',
  description:
    'A refresh token is valid for one use. Repeated within 10 s, it returns the same next token, for a lost answer or a ' +
    'second tab; repeated later, it ends the session, since it may have been stolen. A session ends after 30 days without use, and 90 days ' +
    'after the sign-in.',
  tags: ['accounts'],
  body: strict({ refreshToken: Type.String({ maxLength: 200 }) }),
  response: { 200: Grant },
}

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

const endCurrentSchema = {
  operationId: 'endSession',
  summary: 'Sign out: end the current session',
  tags: ['accounts'],
  response: ended,
}

const endOneSchema = {
  operationId: 'endOneSession',
  summary: "End one of the caller's sessions",
  tags: ['accounts'],
  params: IdParams,
  response: ended,
}

const endAllSchema = {
  operationId: 'endSessions',
  summary: "End all of the caller's sessions",
  tags: ['accounts'],
  response: ended,
}

/** Registers the routes of sessions. */
export async function sessionRoutes(app: App, accounts: Accounts): Promise<void> {
  const { sessions, audit } = accounts

  /** Ends sessions of the caller. @param thing the session, unless it is all of them @returns the number of sessions */
  async function end(request: FastifyRequest, thing?: string): Promise<number> {
    const { id } = accountOf(request)
    const count = await sessions.end({ userId: id, ...(thing === undefined ? {} : { _id: thing }) })
    if (count > 0) await audit.record({ what: 'session_ended', who: id, thing, address: request.ip })
    return count
  }

  app.post('/v1/sessions', { schema: signInSchema, bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    const grant = await signIn(accounts, request.body, originOf(request))
    return reply.code(201).header('cache-control', 'no-store').send(grant)
  })

  app.post('/v1/sessions/refresh', { schema: refreshSchema, bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    const grant = await refresh(accounts, request.body.refreshToken, originOf(request))
    return reply.header('cache-control', 'no-store').send(grant)
  })

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

  app.delete('/v1/sessions/current', { schema: endCurrentSchema }, async (request, reply) => {
    await end(request, accountOf(request).sessionId)
    return reply.code(204).send(null)
  })

  app.delete('/v1/sessions/:id', { schema: endOneSchema }, async (request, reply) => {
    const count = await end(request, request.params.id)
    if (count === 0) throw new Problem('not_found', { detail: 'session not found' })
    return reply.code(204).send(null)
  })

  app.delete('/v1/sessions', { schema: endAllSchema }, async (request, reply) => {
    await end(request)
    return reply.code(204).send(null)
  })
}
