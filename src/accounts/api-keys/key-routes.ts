import { Type } from '@fastify/type-provider-typebox'
import { pageById } from '../../http/cursor.ts'
import { accountOf, SCOPES } from '../../http/plugins/identity.ts'
import { Id, IdParams, oneOf, page, pageQuery, strict, Text, Time } from '../../http/schemas.ts'
import type { App } from '../../http/server.ts'
import type { Accounts } from '../accounts.ts'
import { MAX_BODY_BYTES, NullableTime } from '../schemas.ts'
import { listKeys, wireKey } from './api-key.ts'
import { issueKey } from './issue-key.ts'
import { revokeKey } from './revoke-key.ts'

const ScopeName = oneOf(SCOPES)

export const Key = Type.Object({
  id: Id,
  name: Type.String(),
  app: Type.String(),
  scopes: Type.Array(ScopeName),
  origins: Type.Array(Type.String()),
  ownerId: Id,
  createdBy: Id,
  createdAt: Time,
  lastUsedAt: Type.Union([Time, Type.Null()], { description: 'accurate to the hour' }),
  expiresAt: NullableTime,
  revokedAt: NullableTime,
})

const createSchema = {
  operationId: 'createKey',
  summary: 'Create an API key',
  description:
    'The answer contains the key. It is not stored, so it can not be shown again. A key with `exports:read`, `erasures:write` or ' +
    '`metrics:read` ends when the account that created it loses the role for it.',
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

const listSchema = {
  operationId: 'listKeys',
  summary: 'List API keys, newest first',
  tags: ['accounts'],
  querystring: strict(pageQuery),
  response: { 200: page(Key) },
}

const revokeSchema = {
  operationId: 'revokeKey',
  summary: 'Revoke an API key',
  tags: ['accounts'],
  params: IdParams,
  response: { 204: Type.Null({ description: 'Revoked; it is refused within 10 s' }) },
}

/** Registers the routes of API keys. */
export async function keyRoutes(app: App, accounts: Accounts): Promise<void> {
  app.post('/v1/keys', { schema: createSchema, bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    const by = { who: accountOf(request).id, address: request.ip }
    const { key, stored } = await issueKey(accounts, by, request.body)
    return reply
      .code(201)
      .header('cache-control', 'no-store')
      .send({ ...wireKey(stored), key })
  })

  app.get('/v1/keys', { schema: listSchema }, async request => {
    return pageById(request.query, (before, limit) => listKeys(accounts.keys, before, limit), wireKey)
  })

  app.delete('/v1/keys/:id', { schema: revokeSchema }, async (request, reply) => {
    await revokeKey(accounts, request.params.id, { who: accountOf(request).id, address: request.ip })
    return reply.code(204).send(null)
  })
}
