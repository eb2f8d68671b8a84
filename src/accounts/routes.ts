import { Type } from '@fastify/type-provider-typebox'
import { Problem } from '../errors.ts'
import { accountOf } from '../http/plugins/identity.ts'
import { Geography, strict } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import type { Accounts } from './accounts.ts'
import { adminRoutes } from './admin-routes.ts'
import { keyRoutes } from './api-keys/key-routes.ts'
import { originOf } from './request-origin.ts'
import { DisplayName, Email, GivenPassword, NewPassword, SMALL_BODY, User } from './schemas.ts'
import { sessionRoutes } from './sessions/session-routes.ts'
import { changePassword } from './users/change-password.ts'
import { signUp } from './users/sign-up.ts'
import { changeUser, type User as StoredUser, wireUser } from './users/user.ts'

const signUpSchema = {
  operationId: 'signUp',
  summary: 'Make an account',
  tags: ['accounts'],
  body: strict({
    email: Email,
    password: NewPassword,
    displayName: Type.Optional(DisplayName),
    geography: Type.Optional(Geography),
  }),
  response: { 201: User },
}

const meSchema = { operationId: 'getMe', summary: 'My account', tags: ['accounts'], response: { 200: User } }

const changeMeSchema = {
  operationId: 'changeMe',
  summary: 'Change my account: what is named, null takes away',
  tags: ['accounts'],
  body: strict({
    displayName: Type.Optional(Type.Union([DisplayName, Type.Null()])),
    geography: Type.Optional(Type.Union([Geography, Type.Null()])),
  }),
  response: { 200: User },
}

const passwordSchema = {
  operationId: 'changePassword',
  summary: 'Change my password',
  description: 'All my sessions end but this one.',
  tags: ['accounts'],
  body: strict({ currentPassword: GivenPassword, newPassword: NewPassword }),
  response: { 204: Type.Null({ description: 'It is changed' }) },
}

export async function accountRoutes(app: App, accounts: Accounts): Promise<void> {
  const { users } = accounts

  app.post('/v1/users', { schema: signUpSchema, bodyLimit: SMALL_BODY }, async (request, reply) => {
    const user = await signUp(accounts, request.body, request.ip)
    return reply.code(201).header('location', '/v1/users/me').send(wireUser(user))
  })

  app.get('/v1/users/me', { schema: meSchema }, async request => {
    return known(await users.findById(accountOf(request).id).lean<StoredUser>())
  })

  app.patch('/v1/users/me', { schema: changeMeSchema, bodyLimit: SMALL_BODY }, async request => {
    return known(await changeUser(users, accountOf(request).id, request.body))
  })

  app.put('/v1/users/me/password', { schema: passwordSchema, bodyLimit: SMALL_BODY }, async (request, reply) => {
    await changePassword(accounts, accountOf(request), request.body, originOf(request))
    return reply.code(204).send(null)
  })

  await app.register(sessionRoutes, accounts)
  await app.register(keyRoutes, accounts)
  await app.register(adminRoutes, accounts)
}

/** A token may outlive its account for a while. */
function known(user: StoredUser | null) {
  if (!user) throw new Problem('unauthenticated')
  return wireUser(user)
}
