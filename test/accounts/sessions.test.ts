import type { Model } from 'mongoose'
import t, { type Test } from 'tap'
import { type Accounts, openAccounts } from '../../src/accounts/accounts.ts'
import { RevokedAccessTokens } from '../../src/accounts/sessions/revoked-access-tokens.ts'
import { ENDED, type Session } from '../../src/accounts/sessions/session.ts'
import { signIn } from '../../src/accounts/sessions/sign-in.ts'
import { LOCAL, Passwords } from '../../src/accounts/users/passwords.ts'
import type { User } from '../../src/accounts/users/user.ts'
import { loadConfig } from '../../src/config/config.ts'
import { createServer } from '../../src/http/server.ts'
import { until } from '../helpers/until.ts'
import { CHEAP_BCRYPT_COST, openWorld, testEnvironment } from '../helpers/world.ts'

const JWT_SECRET = 'the secret that signs tokens in this test'
const world = await openWorld(t, { JWT_SECRET, TRUST_PROXY: '127.0.0.1' })
const { asks, database } = world
const sessions = database.db.collection<Session>('sessions')
const users = database.db.collection<User>('users')
const refreshed = (refreshToken: string) => asks('POST', '/v1/sessions/refresh', { json: { refreshToken } })
const meStatus = async (token: string) => (await asks('GET', '/v1/users/me', { token })).status
const familyOf = (refreshToken: string) => refreshToken.split('.')[0] ?? ''

t.test('fifty concurrent uses of a refresh token get the same next one, and the session goes on', async t => {
  const { refreshToken } = await world.signsUp('crowd')
  const answers = await Promise.all(Array.from({ length: 50 }, () => refreshed(refreshToken)))
  t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
  const next = new Set(answers.map(({ body }) => body.refreshToken))
  t.equal(next.size, 1)
  const [token = ''] = next
  t.not(token, refreshToken)
  t.equal((await refreshed(token)).status, 200)
  t.equal((await sessions.findOne({ _id: familyOf(token) }))?.generation, 2)
})

t.test('a lost reply logs nobody out; a use after ten seconds ends the session and is noted', async t => {
  const lost = await world.signsUp('lost')
  const first = (await refreshed(lost.refreshToken)).body
  const again = (await refreshed(lost.refreshToken)).body
  t.equal(again.refreshToken, first.refreshToken, 'the lost reply is repeated')
  const family = familyOf(lost.refreshToken)
  await sessions.updateOne({ _id: family }, [{ $set: { rotatedAt: { $subtract: ['$rotatedAt', 11_000] } } }])
  t.equal(await meStatus(again.accessToken), 200)
  t.equal((await refreshed(lost.refreshToken)).status, 401)
  t.equal((await refreshed(again.refreshToken)).status, 401, 'the session is revoked')
  t.equal(await meStatus(again.accessToken), 401, 'its access tokens are revoked too')
  const { token: root } = await world.root()
  const { body } = await asks('GET', `/v1/audit?what=refresh_token_reused&who=${lost.id}`, { token: root })
  t.equal(body.items.length, 1)
})

t.test('a refresh token of an older generation ends the session at once', async t => {
  const { refreshToken } = await world.signsUp('older')
  const second = (await refreshed(refreshToken)).body.refreshToken
  const third = (await refreshed(second)).body.refreshToken
  t.equal((await refreshed(refreshToken)).status, 401)
  t.equal((await refreshed(third)).status, 401)
})

t.test('a session ends 90 days after the sign-in, however often it is used', async t => {
  const { refreshToken } = await world.signsUp('lasting')
  const _id = familyOf(refreshToken)
  const age = (days: number) => new Date(Date.now() - days * 86_400_000)
  await sessions.updateOne({ _id }, { $set: { createdAt: age(89) } })
  const { status, body } = await refreshed(refreshToken)
  t.equal(status, 200)
  const { expiresAt = new Date(0) } = (await sessions.findOne({ _id })) ?? {}
  t.equal(Math.round((expiresAt.getTime() - Date.now()) / 3_600_000), 24)
  await sessions.updateOne({ _id }, { $set: { createdAt: age(91) } })
  await refreshed(body.refreshToken)
  t.ok(((await sessions.findOne({ _id }))?.expiresAt.getTime() ?? 0) < Date.now())
})

t.test('a forged refresh token is refused and does not end the session', async t => {
  const { refreshToken } = await world.signsUp('forged')
  const [family, , mac] = refreshToken.split('.')
  for (const forged of [
    `${family}.7.${mac}`,
    `x.0.${mac}`,
    `${family}.0.${'A'.repeat(43)}`,
    `${family}.-1.${mac}`,
    '',
  ]) {
    t.equal((await refreshed(forged)).status, 401, forged)
  }
  t.equal((await refreshed(refreshToken)).status, 200)
})

t.test('sessions are listed for their owner, who can end one, the current one, or all', async t => {
  const here = await world.signsUp('lister')
  const credentials = { email: 'lister@example.com', password: "lister's own password" }
  const there = await world.signsIn(credentials)
  const stranger = await world.signsUp('stranger')
  const { body } = await asks('GET', '/v1/sessions', { token: here.token })
  t.same(
    body.items.map(({ id, current }: { id: string; current: boolean }) => [id, current]),
    [
      [familyOf(there.refreshToken), false],
      [familyOf(here.refreshToken), true],
    ],
  )
  const other = familyOf(there.refreshToken)
  t.equal((await asks('DELETE', `/v1/sessions/${other}`, { token: stranger.token })).status, 404)
  t.equal((await asks('DELETE', `/v1/sessions/${other}`, { token: here.token })).status, 204)
  t.equal((await asks('DELETE', `/v1/sessions/${other}`, { token: here.token })).status, 404, 'it is over')
  t.equal(await meStatus(there.token), 401)
  t.equal((await refreshed(there.refreshToken)).status, 401)
  t.equal(await meStatus(here.token), 200)
  t.equal((await asks('DELETE', '/v1/sessions/current', { token: here.token })).status, 204)
  t.equal(await meStatus(here.token), 401)
  const last = [await world.signsIn(credentials), await world.signsIn(credentials)]
  t.equal((await asks('DELETE', '/v1/sessions', { token: last[0]?.token ?? '' })).status, 204)
  for (const { token, refreshToken } of last) {
    t.equal(await meStatus(token), 401)
    t.equal((await refreshed(refreshToken)).status, 401)
  }
})

t.test('another process learns of ended sessions, and upgrades hashes to its own cost', async t => {
  const name = database.db.databaseName
  const second = await openWorld(t, { JWT_SECRET, DATABASE: name }, { bcryptCost: CHEAP_BCRYPT_COST + 1 })
  const ann = await world.signsUp('twice')
  t.match((await users.findOne({ _id: ann.id }))?.passwordHash, /^\$2b\$04\$/)
  const there = await second.signsIn({ email: 'twice@example.com', password: "twice's own password" })
  t.match((await users.findOne({ _id: ann.id }))?.passwordHash, /^\$2b\$05\$/)
  t.equal((await second.asks('GET', '/v1/users/me', { token: ann.token })).status, 200)
  await asks('DELETE', '/v1/sessions', { token: there.token })
  await until('the other process refuses the token', async () => {
    return (await second.asks('GET', '/v1/users/me', { token: ann.token })).status === 401
  })
})

t.test('a new password ends all other sessions, even when the process is killed after its first write', async t => {
  const here = await world.signsUp('changer')
  const credentials = { email: 'changer@example.com', password: "changer's own password" }
  const there = await world.signsIn(credentials)
  const change = (currentPassword: string, newPassword: string) =>
    asks('PUT', '/v1/users/me/password', { token: here.token, json: { currentPassword, newPassword } })
  const wrong = await change('not the one', 'a new one that is good')
  t.equal(wrong.status, 403)
  t.equal(wrong.body.code, 'wrong_password')
  t.equal((await change(credentials.password, 'short')).body.errors[0].pointer, '/newPassword')
  t.equal((await change(credentials.password, 'a new one that is good')).status, 204)
  t.equal(await meStatus(there.token), 401)
  t.equal((await refreshed(there.refreshToken)).status, 401)
  const kept = await refreshed(here.refreshToken)
  t.equal(kept.status, 200, 'the current session goes on')
  t.equal((await asks('POST', '/v1/sessions', { json: credentials })).status, 401)

  await users.updateOne({ _id: here.id }, { $inc: { passwordChanges: 1 } })
  t.equal(
    (await refreshed(kept.body.refreshToken)).status,
    401,
    'killed after the write: the session has ended all the same',
  )
})

/** Opens the accounts on the same database. `whileCompared` runs while a password is compared. */
async function accountsWhere(t: Test, whileCompared: () => Promise<unknown>): Promise<Accounts> {
  const config = loadConfig(await testEnvironment(t, { JWT_SECRET }))
  const app = createServer(config)
  const accounts = await openAccounts(app, config, database)
  t.teardown(() => app.close())
  const matches = accounts.passwords.matches.bind(accounts.passwords)
  accounts.passwords.matches = async (...proof) => {
    const isRight = await matches(...proof)
    await whileCompared()
    return isRight
  }
  return accounts
}

t.test('a role that is removed during a sign-in is not in the token', async t => {
  const root = await world.root()
  const { id } = await world.signsUp('demoted')
  const become = (roles: string[]) => asks('PUT', `/v1/users/${id}/roles`, { token: root.token, json: { roles } })
  await become(['user', 'admin'])
  const accounts = await accountsWhere(t, () => become(['user']))
  const origin = { address: '203.0.113.5', userAgent: undefined }
  const credentials = { email: 'demoted@example.com', password: "demoted's own password" }
  const { accessToken } = await signIn(accounts, credentials, origin)
  t.equal((await asks('GET', '/v1/users', { token: accessToken })).status, 403)
})

t.test('a sign-in with the old password fails when the password is changed meanwhile', async t => {
  const here = await world.signsUp('overtaken')
  const credentials = { email: 'overtaken@example.com', password: "overtaken's own password" }
  const json = { currentPassword: credentials.password, newPassword: 'a new one that is good' }
  const accounts = await accountsWhere(t, () => asks('PUT', '/v1/users/me/password', { token: here.token, json }))
  await t.rejects(signIn(accounts, credentials, { address: '203.0.113.6', userAgent: undefined }), {
    code: 'unauthenticated',
  })
  t.equal(
    await sessions.countDocuments({ userId: here.id, generation: { $gte: 0 } }),
    1,
    'only the session in which it was changed',
  )
})

t.test('of two concurrent reads of revoked tokens the one that began later counts', async t => {
  const answers: ((found: Partial<Session>[]) => void)[] = []
  const lean = () => new Promise<Partial<Session>[]>(resolve => answers.push(resolve))
  const model = { find: () => ({ sort: () => ({ limit: () => ({ lean }) }) }) } as unknown as Model<Session>
  const stale = new RevokedAccessTokens(model)
  const [timer, ended] = [stale.read(), stale.read()]
  answers[1]?.([{ _id: 's', generation: ENDED }])
  answers[0]?.([])
  await Promise.all([timer, ended])
  t.ok(stale.has({ id: 'ann', roles: [], sessionId: 's', generation: 0 }))
})

t.test(
  'a full queue of passwords refuses known and unknown accounts alike, and other addresses take their turn',
  async t => {
    const passwords = new Passwords(4)
    t.teardown(() => passwords.close())
    const ann = await passwords.hash("ann's own password", LOCAL)
    const guess = (i: number, address: string) =>
      passwords.matches('a guess', i % 2 ? ann : undefined, { kind: 'signIn', address })
    const flood = Promise.allSettled(Array.from({ length: 300 }, (_, i) => guess(i, '203.0.113.1')))
    t.equal(await guess(0, '203.0.113.2'), false, 'somebody elsewhere is not refused')
    const refused = (await flood).filter(({ status }) => status === 'rejected')
    t.ok(refused.length > 200)
    t.match(refused[0], { reason: { code: 'unavailable', headers: { 'retry-after': /\d/ } } })
    t.equal(await guess(0, '203.0.113.1'), false, 'it is compared once there is room')
  },
)

t.test('with another data secret the service does not start on this database', async t => {
  const DATABASE = database.db.databaseName
  await t.rejects(openWorld(t, { DATABASE, DATA_SECRET: 'another secret that is long enough' }), {
    name: 'ConfigError',
  })
})
