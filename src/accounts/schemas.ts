import { Type } from '@fastify/type-provider-typebox'
import { ROLES } from '../http/plugins/identity.ts'
import { Geography, Id, oneOf, orNull, Text, Time } from '../http/schemas.ts'

/** Body limit of the routes of accounts. */
export const MAX_BODY_BYTES = 4096

export const Email = Type.String({ format: 'email', maxLength: 254 })
export const NewPassword = Text({
  minLength: 1,
  maxLength: 256,
  description: '10 to 72 bytes in the form NFKC; neither common nor trivial, nor made of the e-mail',
})
export const GivenPassword = Text({ maxLength: 256 })
export const DisplayName = Text({ minLength: 1, maxLength: 100, description: 'everybody sees it with your comments' })
export const NullableTime = orNull(Time)

export const User = Type.Object({
  id: Id,
  email: Type.String(),
  roles: Type.Array(oneOf(ROLES)),
  displayName: Type.Optional(Type.String()),
  geography: Type.Optional(Geography),
  createdAt: Time,
})

export const SessionEnded = { 204: Type.Null({ description: 'Ended; its access tokens are refused within seconds' }) }
