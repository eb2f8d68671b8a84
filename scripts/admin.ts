/** `npm run admin -- grant|take ann@example.com analyst`: grants a role to an account or takes it away, also while a service runs. */
import fastify from 'fastify'
import { pino } from 'pino'
import { keys } from '../src/accounts/api-keys/api-key.ts'
import { AuditTrail } from '../src/accounts/audit-trail.ts'
import { registerAccessTokens } from '../src/accounts/sessions/access-token.ts'
import { Sessions } from '../src/accounts/sessions/sessions.ts'
import { setRoles } from '../src/accounts/users/set-roles.ts'
import { emailKeyOf, type User, users as usersOf } from '../src/accounts/users/user.ts'
import { holdToDataSecret } from '../src/database/data-secret.ts'
import { ROLES } from '../src/http/plugins/identity.ts'
import { keyedHash } from '../src/lib/keyed-hash.ts'
import { print, readCommand, refuseWords } from './lib/command.ts'
import { withDatabase } from './lib/database.ts'

const HELP = `npm run admin -- grant|take <email> ${ROLES.join('|')}

Grants a role to an account or takes it away, also while a service runs.`

const { action, email, role } = readCommand(HELP, {}, (_values, [action, email, roleName, ...others]) => {
  const role = ROLES.find(known => known === roleName)
  if ((action !== 'grant' && action !== 'take') || !email || !role)
    throw new Error(`usage: npm run admin -- grant|take <email> ${ROLES.join('|')}`)
  refuseWords(others)
  return { action, email, role }
})

await withDatabase(async ({ connection, db }, { dataSecret, tokenKeys }) => {
  await holdToDataSecret(db, dataSecret)
  const users = usersOf(connection)
  const user = await users.findOne({ emailKey: emailKeyOf(email) }).lean<User>()
  if (!user) throw new Error(`no account has the e-mail ${email}`)
  const tokens = await registerAccessTokens(fastify(), tokenKeys)
  const accounts = {
    users,
    keys: keys(connection),
    sessions: new Sessions(connection, tokens, keyedHash(dataSecret, 'refreshTokens')),
    audit: new AuditTrail(db, keyedHash(dataSecret, 'pseudonyms'), pino()),
  }
  const others = user.roles.filter(known => known !== role)
  const wanted = action === 'grant' ? [...others, role] : others
  if (wanted.length === 0) throw new Error(`${role} is the only role of ${user.email}: an account needs at least one`)
  const { roles } = await setRoles(accounts, user._id, wanted)
  await print(`${user.email}: ${roles.join(', ')}\n`)
})
