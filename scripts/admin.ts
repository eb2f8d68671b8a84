/** `npm run admin -- grant ann@example.com analyst`, or `take`: changes the roles of an account, also while a service runs. */
import fastify from 'fastify'
import { pino } from 'pino'
import { AuditTrail } from '../src/accounts/audit-trail.ts'
import { registerAccessTokens } from '../src/accounts/sessions/access-token.ts'
import { Sessions } from '../src/accounts/sessions/sessions.ts'
import { setRoles } from '../src/accounts/users/set-roles.ts'
import { emailKeyOf, type User, users as usersOf } from '../src/accounts/users/user.ts'
import { holdToDataSecret } from '../src/database/data-secret.ts'
import { ROLES } from '../src/http/plugins/identity.ts'
import { keyedHash } from '../src/lib/keyed-hash.ts'
import { withDatabase } from './lib/database.ts'

await withDatabase(async ({ connection, db }, { dataSecret, tokenKeys }) => {
  const [verb, email = '', word] = process.argv.slice(2)
  const role = ROLES.find(known => known === word)
  if ((verb !== 'grant' && verb !== 'take') || !role) throw new Error('how: grant|take <email> user|analyst|admin')
  await holdToDataSecret(db, dataSecret)
  const users = usersOf(connection)
  const user = await users.findOne({ emailKey: emailKeyOf(email) }).lean<User>()
  if (!user) throw new Error(`${email} has no account`)
  const tokens = await registerAccessTokens(fastify(), tokenKeys)
  const accounts = {
    users,
    sessions: new Sessions(connection, tokens, keyedHash(dataSecret, 'refreshTokens')),
    audit: new AuditTrail(db, keyedHash(dataSecret, 'pseudonyms'), pino()),
  }
  const others = user.roles.filter(known => known !== role)
  const wanted = verb === 'grant' ? [...others, role] : others
  if (wanted.length === 0) throw new Error(`${user.email} has no other role`)
  const { roles } = await setRoles(accounts, user._id, wanted)
  process.stdout.write(`${user.email}: ${roles.join(', ')}\n`)
})
