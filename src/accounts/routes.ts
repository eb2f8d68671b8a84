import { Type } from '@fastify/type-provider-typebox'
import { Problem } from '../errors.ts'
import { accountOf } from '../http/plugins/identity.ts'
import { Geography, orNull, strict } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import type { Accounts } from './accounts.ts'
import { adminRoutes } from './admin-routes.ts'
import { keyRoutes } from './api-keys/key-routes.ts'
import { originOf } from './request-origin.ts'
import { DisplayName, Email, GivenPassword, MAX_BODY_BYTES, NewPassword, User } from './schemas.ts'
import { sessionRoutes } from './sessions/session-routes.ts'
import { signInRoutes } from './sessions/sign-in-routes.ts'
import { setupRoutes } from './setup/setup-routes.ts'
import { changePassword } from './users/change-password.ts'
import { signUp } from './users/sign-up.ts'
import { changeUser, type User as StoredUser, wireUser } from './users/user.ts'

const signUpSchema = {
  operationId: 'signUp',
  summary: 'Create an account',
  tags: ['accounts'],
  body: strict({
    email: Email,
    password: NewPassword,
    displayName: Type.Optional(DisplayName),
    geography: Type.Optional(Geography),
  }),
  response: { 201: User },
}

const meSchema = {
  operationId: 'getMe',
  summary: "Get the caller's account",
  tags: ['accounts'],
  response: { 200: User },
}

const changeMeSchema = {
  operationId: 'changeMe',
  summary: "Change the caller's account",
  description: 'Changes the given properties; null removes one.',
  tags: ['accounts'],
  body: strict({
    displayName: Type.Optional(orNull(DisplayName)),
    geography: Type.Optional(orNull(Geography)),
  }),
  response: { 200: User },
}

const passwordSchema = {
  operationId: 'changePassword',
  summary: "Change the caller's password",
  description: 'Ends all sessions of the account except the current one.',
  tags: ['accounts'],
  body: strict({ currentPassword: GivenPassword, newPassword: NewPassword }),
  response: { 204: Type.Null({ description: 'The password is changed' }) },
}

/** Registers the routes of accounts, setup, sessions, API keys and administration. */
export async function accountRoutes(app: App, accounts: Accounts): Promise<void> {
  const { users } = accounts

  const signUpOptions = { schema: signUpSchema, bodyLimit: MAX_BODY_BYTES, config: { limitedAsSignUp: true as const } }
  app.post('/v1/users', signUpOptions, async (request, reply) => {
    const user = await signUp(accounts, request.body, request.ip)
    return reply.code(201).header('location', '/v1/users/me').send(wireUser(user))
  })

  app.get('/v1/users/me', { schema: meSchema }, async request => {
    return existing(await users.findById(accountOf(request).id).lean<StoredUser>())
  })

  app.patch('/v1/users/me', { schema: changeMeSchema, bodyLimit: MAX_BODY_BYTES }, async request => {
    return existing(await changeUser(users, accountOf(request).id, request.body))
  })

  app.put('/v1/users/me/password', { schema: passwordSchema, bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    await changePassword(accounts, accountOf(request), request.body, originOf(request))
    return reply.code(204).send(null)
  })

  await app.register(setupRoutes, accounts)
  await app.register(signInRoutes, accounts)
  await app.register(sessionRoutes, accounts)
  await app.register(keyRoutes, accounts)
  await app.register(adminRoutes, accounts)
}

/** Returns the account of a caller. @throws Problem `unauthenticated` when it no longer exists: an access token may outlive it */
function existing(user: StoredUser | null) {
  if (!user) throw new Problem('unauthenticated', { detail: 'the account no longer exists' })
  return wireUser(user)
}
