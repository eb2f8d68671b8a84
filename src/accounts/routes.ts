import { Type } from '@fastify/type-provider-typebox'
import { Problem } from '../errors.ts'
import { decodeCursor, encodeCursor } from '../http/cursor.ts'
import { type Identity, ROLES, SCOPES } from '../http/identity.ts'
import { Geography, Id, IdParams, limitOf, oneOf, page, pageQuery, strict, Text, Time } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import type { Accounts } from './accounts.ts'
import { wireKey } from './api-key.ts'
import { issueKey } from './issue-key.ts'
import { signIn } from './sign-in.ts'
import { signUp } from './sign-up.ts'
import { wireUser } from './user.ts'

const SMALL_BODY = 4096

const Email = Type.String({ format: 'email', maxLength: 254 })
const Password = Text({ minLength: 1, maxLength: 256, description: '10 to 72 bytes' })
const NullableTime = Type.Union([Time, Type.Null()])
const ScopeName = oneOf(SCOPES)

const User = Type.Object({
  id: Id,
  email: Type.String(),
  roles: Type.Array(oneOf(ROLES)),
  displayName: Type.Optional(Type.String()),
  geography: Type.Optional(Geography),
  createdAt: Time,
})

const Key = Type.Object({
  id: Id,
  name: Type.String(),
  app: Type.String(),
  scopes: Type.Array(ScopeName),
  origins: Type.Array(Type.String()),
  ownerId: Id,
  createdAt: Time,
  lastUsedAt: NullableTime,
  expiresAt: NullableTime,
  revokedAt: NullableTime,
})

const signUpSchema = {
  operationId: 'signUp',
  summary: 'Make an account',
  tags: ['accounts'],
  body: strict({
    email: Email,
    password: Password,
    displayName: Type.Optional(Text({ minLength: 1, maxLength: 100 })),
    geography: Type.Optional(Geography),
  }),
  response: { 201: User },
}

const signInSchema = {
  operationId: 'signIn',
  summary: 'Get an access token',
  tags: ['accounts'],
  body: strict({ email: Type.String({ maxLength: 254 }), password: Text({ maxLength: 256 }) }),
  response: {
    201: Type.Object({
      accessToken: Type.String(),
      tokenType: Type.Literal('Bearer'),
      expiresIn: Type.Integer({ description: 'seconds' }),
    }),
  },
}

const meSchema = { operationId: 'getMe', summary: 'My account', tags: ['accounts'], response: { 200: User } }

const createKeySchema = {
  operationId: 'createKey',
  summary: 'Make a key for an app; it is shown this once',
  tags: ['accounts'],
  body: strict({
    name: Text({ minLength: 1, maxLength: 100 }),
    app: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
    scopes: Type.Array(ScopeName, { minItems: 1, uniqueItems: true }),
    origins: Type.Optional(
      Type.Array(Type.String({ pattern: '^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$', maxLength: 300 }), { maxItems: 20 }),
    ),
    ownerId: Type.Optional(Id),
    expiresAt: Type.Optional(Time),
  }),
  response: { 201: Type.Intersect([Key, Type.Object({ key: Type.String() })]) },
}

const listKeysSchema = {
  operationId: 'listKeys',
  summary: 'Keys, newest first',
  tags: ['accounts'],
  querystring: strict(pageQuery),
  response: { 200: page(Key) },
}

const revokeKeySchema = {
  operationId: 'revokeKey',
  summary: 'Revoke a key',
  tags: ['accounts'],
  params: IdParams,
  response: { 204: Type.Null({ description: 'It works no more within 10 s' }) },
}

export async function accountRoutes(app: App, accounts: Accounts): Promise<void> {
  const { users, keys, passwords } = accounts

  app.post('/v1/users', { schema: signUpSchema, bodyLimit: SMALL_BODY }, async (request, reply) => {
    const user = await signUp(users, passwords, request.body)
    return reply.code(201).header('location', '/v1/users/me').send(wireUser(user))
  })

  app.post('/v1/sessions', { schema: signInSchema, bodyLimit: SMALL_BODY }, async (request, reply) => {
    return reply
      .code(201)
      .header('cache-control', 'no-store')
      .send(await signIn(accounts, request.body))
  })

  app.get('/v1/users/me', { schema: meSchema }, async request => {
    const user = await users.findById(userId(request.identity)).lean()
    if (!user) throw new Problem('unauthenticated')
    return wireUser(user)
  })

  app.post('/v1/keys', { schema: createKeySchema, bodyLimit: SMALL_BODY }, async (request, reply) => {
    const { key, stored } = await issueKey(accounts, userId(request.identity), request.body)
    return reply
      .code(201)
      .header('cache-control', 'no-store')
      .send({ ...wireKey(stored), key })
  })

  app.get('/v1/keys', { schema: listKeysSchema }, async request => {
    const limit = limitOf(request.query)
    const before = request.query.cursor === undefined ? [] : decodeCursor(request.query.cursor, ['string'])
    const filter = before[0] === undefined ? {} : { _id: { $lt: String(before[0]) } }
    const found = await keys
      .find(filter)
      .sort({ _id: -1 })
      .limit(limit + 1)
      .lean()
    const items = found.slice(0, limit)
    const last = found.length > limit ? items.at(-1) : undefined
    return { items: items.map(wireKey), nextCursor: last ? encodeCursor([last._id]) : null }
  })

  app.delete('/v1/keys/:id', { schema: revokeKeySchema }, async (request, reply) => {
    const { matchedCount } = await keys.updateOne(
      { _id: request.params.id },
      [{ $set: { revokedAt: { $ifNull: ['$revokedAt', '$$NOW'] } } }],
      { updatePipeline: true },
    )
    if (matchedCount === 0) throw new Problem('not_found')
    return reply.code(204).send(null)
  })
}

/** The account that calls; the access table lets nobody else come here. */
function userId(identity: Identity | null): string {
  if (identity?.kind !== 'user') throw new Problem('forbidden')
  return identity.id
}
