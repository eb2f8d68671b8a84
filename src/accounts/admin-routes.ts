import { Type } from '@fastify/type-provider-typebox'
import { pageById } from '../http/cursor.ts'
import { accountOf, ROLES } from '../http/plugins/identity.ts'
import { Id, IdParams, oneOf, orNull, page, pageQuery, strict, Time } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import { timeOf } from '../http/time.ts'
import type { Accounts } from './accounts.ts'
import { ACTS, wireAuditEntry } from './audit-trail.ts'
import { Email, MAX_BODY_BYTES, User } from './schemas.ts'
import { setRoles } from './users/set-roles.ts'
import { listUsers, wireUser } from './users/user.ts'

const Nullable = orNull(Type.String())

export const AuditEntry = Type.Object({
  id: Id,
  what: oneOf(ACTS),
  who: Nullable,
  whom: Nullable,
  thing: Nullable,
  address: Nullable,
  roles: Type.Optional(Type.Array(oneOf(ROLES))),
  at: Time,
})

const listUsersSchema = {
  operationId: 'listUsers',
  summary: 'List accounts, newest first, or find one by e-mail',
  tags: ['accounts'],
  querystring: strict({ ...pageQuery, email: Type.Optional(Email) }),
  response: { 200: page(User) },
}

const rolesSchema = {
  operationId: 'setRoles',
  summary: 'Set the roles of an account',
  description: 'Access tokens with the old roles are refused within seconds; refreshing issues new ones.',
  tags: ['accounts'],
  params: IdParams,
  body: strict({ roles: Type.Array(oneOf(ROLES), { minItems: 1, uniqueItems: true }) }),
  response: { 200: User },
}

const auditSchema = {
  operationId: 'readAudit',
  summary: 'Read the audit trail, newest first',
  description:
    'Entries are kept for 90 days. People appear as pseudonyms; `who` takes the id of an account or key, or a pseudonym.',
  tags: ['accounts'],
  querystring: strict({
    ...pageQuery,
    who: Type.Optional(Id),
    what: Type.Optional(oneOf(ACTS)),
    from: Type.Optional(Time),
    to: Type.Optional(Time),
  }),
  response: { 200: page(AuditEntry) },
}

/** Registers the routes for admins: accounts, roles and the audit trail. */
export async function adminRoutes(app: App, accounts: Accounts): Promise<void> {
  app.get('/v1/users', { schema: listUsersSchema }, async request => {
    const { email } = request.query
    return pageById(request.query, (before, limit) => listUsers(accounts.users, email, before, limit), wireUser)
  })

  app.put('/v1/users/:id/roles', { schema: rolesSchema, bodyLimit: MAX_BODY_BYTES }, async request => {
    const by = { who: accountOf(request).id, address: request.ip }
    return wireUser(await setRoles(accounts, request.params.id, request.body.roles, by))
  })

  app.get('/v1/audit', { schema: auditSchema }, async request => {
    const { who, what, from, to } = request.query
    const query = {
      ...(who === undefined ? {} : { who }),
      ...(what === undefined ? {} : { what }),
      ...(from === undefined ? {} : { from: timeOf('/querystring/from', from) }),
      ...(to === undefined ? {} : { to: timeOf('/querystring/to', to) }),
    }
    return pageById(request.query, (before, limit) => accounts.audit.list(query, before, limit), wireAuditEntry)
  })
}
