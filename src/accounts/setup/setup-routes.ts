import { Type } from '@fastify/type-provider-typebox'
import { strict } from '../../http/schemas.ts'
import type { App } from '../../http/server.ts'
import type { Accounts } from '../accounts.ts'
import { DisplayName, Email, MAX_BODY_BYTES, NewPassword, User } from '../schemas.ts'
import { wireUser } from '../users/user.ts'
import { setUp } from './set-up.ts'

export const SetupState = Type.Object({
  needed: Type.Boolean({ description: 'whether the service has no account' }),
})

const stateSchema = {
  operationId: 'getSetup',
  summary: 'Whether the service still has to be set up',
  tags: ['accounts'],
  response: { 200: SetupState },
}

const setupSchema = {
  operationId: 'setUp',
  summary: 'Create the first account, an admin',
  description:
    'The service prints the code at its start while it has no account, and keeps it in the file `setup-code` of `GLANCE_FOLDER`. With any ' +
    'account the answer is `setup_done`.',
  tags: ['accounts'],
  body: strict({
    code: Type.String({ maxLength: 100 }),
    email: Email,
    password: NewPassword,
    displayName: Type.Optional(DisplayName),
  }),
  response: { 201: User },
}

/** Registers the routes of the setup. */
export async function setupRoutes(app: App, accounts: Accounts): Promise<void> {
  app.get('/v1/setup', { schema: stateSchema }, async (_request, reply) => {
    return reply.header('cache-control', 'no-store').send({ needed: await accounts.setup.isNeeded() })
  })

  const options = { schema: setupSchema, bodyLimit: MAX_BODY_BYTES, config: { limitedAsSignUp: true as const } }
  app.post('/v1/setup', options, async (request, reply) => {
    const user = await setUp(accounts, request.body, request.ip)
    return reply.code(201).header('location', '/v1/users/me').send(wireUser(user))
  })
}
