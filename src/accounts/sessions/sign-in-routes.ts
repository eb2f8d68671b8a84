import cookie from '@fastify/cookie'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import { accountOf } from '../../http/plugins/identity.ts'
import { strict } from '../../http/schemas.ts'
import type { App } from '../../http/server.ts'
import type { Accounts } from '../accounts.ts'
import { originOf } from '../request-origin.ts'
import { GivenPassword, MAX_BODY_BYTES, SessionEnded } from '../schemas.ts'
import { clearRefreshCookie, refreshCookie, refuseOtherOrigins, setRefreshCookie } from '../session-cookie.ts'
import { endSessions } from './end-sessions.ts'
import { refresh } from './refresh-session.ts'
import type { Grant as IssuedGrant } from './sessions.ts'
import { signIn } from './sign-in.ts'

export const Grant = Type.Object({
  accessToken: Type.String(),
  tokenType: Type.Literal('Bearer'),
  expiresIn: Type.Integer({ description: 'seconds' }),
  refreshToken: Type.Optional(
    Type.String({
      description: 'valid for one use; the answer to that contains the next one. Left out where it is in the cookie',
    }),
  ),
})

const signInSchema = {
  operationId: 'signIn',
  summary: 'Sign in',
  description:
    'Returns an access token for 15 minutes and a refresh token. With `cookie` the refresh token is in a cookie that scripts can not ' +
    'read, for pages of the same origin.',
  tags: ['accounts'],
  body: strict({
    email: Type.String({ maxLength: 254 }),
    password: GivenPassword,
    cookie: Type.Optional(Type.Boolean({ description: 'whether the refresh token goes into a cookie' })),
  }),
  response: { 201: Grant },
}

const refreshSchema = {
  operationId: 'refreshSession',
  summary: 'Refresh the tokens of a session',
  description:
    'A refresh token is valid for one use. Repeated within 10 s, it returns the same next token, for a lost answer or a ' +
    'second tab; repeated later, it ends the session, since it may have been stolen. A session ends after 30 days without use, and 90 days ' +
    'after the sign-in. Without a refresh token in the body, or without a body, the one in the cookie is used, and the next one replaces it.',
  tags: ['accounts'],
  body: strict({ refreshToken: Type.Optional(Type.String({ maxLength: 200 })) }),
  response: { 200: Grant },
}

const signOutSchema = {
  operationId: 'endSession',
  summary: 'Sign out: end the current session',
  description: 'Without a valid access token, the session of the cookie is ended. The cookie is removed.',
  tags: ['accounts'],
  response: SessionEnded,
}

/** Registers the routes that begin, continue and end a session: the only ones that know cookies. */
export async function signInRoutes(app: App, accounts: Accounts): Promise<void> {
  await app.register(cookie)

  app.post('/v1/sessions', { schema: signInSchema, bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    const { cookie = false, ...credentials } = request.body
    if (cookie) refuseOtherOrigins(request)
    const grant = await signIn(accounts, credentials, originOf(request))
    return sendGrant(reply.code(201), grant, cookie)
  })

  const refreshOptions = { schema: refreshSchema, bodyLimit: MAX_BODY_BYTES, preValidation: acceptNoBody }
  app.post('/v1/sessions/refresh', refreshOptions, async (request, reply) => {
    const { refreshToken } = request.body
    if (refreshToken === undefined) return sendGrant(reply, await refreshByCookie(request, reply), true)
    return sendGrant(reply, await refresh(accounts, refreshToken, originOf(request)), false)
  })

  /** Refreshes the session of the cookie, and removes a cookie that is of no use any more. */
  async function refreshByCookie(request: FastifyRequest, reply: FastifyReply): Promise<IssuedGrant> {
    const token = refreshCookie(request)
    if (token === undefined) throw new Problem('unauthenticated', { detail: 'there is no refresh token' })
    return refresh(accounts, token, originOf(request)).catch(error => {
      if (error instanceof Problem && error.code === 'unauthenticated') clearRefreshCookie(reply)
      throw error
    })
  }

  const signOutOptions = { schema: signOutSchema, onRequest: removeCookie }
  app.delete('/v1/sessions/current', signOutOptions, async (request, reply) => {
    await endSessions(accounts, request, accountOf(request).sessionId)
    return reply.code(204).send(null)
  })
}

/** Answers with the tokens of a session. @param cookie whether the refresh token goes into a cookie instead of the body */
function sendGrant(reply: FastifyReply, { sessionExpiresAt, refreshToken, ...tokens }: IssuedGrant, cookie: boolean) {
  if (cookie) setRefreshCookie(reply, refreshToken, sessionExpiresAt)
  return reply.header('cache-control', 'no-store').send(cookie ? tokens : { ...tokens, refreshToken })
}

/** Treats a request without a body like one with an empty object. */
async function acceptNoBody(request: FastifyRequest): Promise<void> {
  if (request.body === undefined) request.body = {}
}

/** Removes the cookie, whatever else the answer is. */
async function removeCookie(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (refreshCookie(request) !== undefined) clearRefreshCookie(reply)
}
