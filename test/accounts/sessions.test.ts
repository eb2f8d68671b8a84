import { createHmac, generateKeyPairSync } from 'node:crypto'
import fastify from 'fastify'
import type { Model } from 'mongoose'
import t, { type Test } from 'tap'
import { type Accounts, openAccounts } from '../../src/accounts/accounts.ts'
import { registerAccessTokens } from '../../src/accounts/sessions/access-token.ts'
import { RevokedAccessTokens } from '../../src/accounts/sessions/revoked-access-tokens.ts'
import { ENDED, type Session } from '../../src/accounts/sessions/session.ts'
import { signIn } from '../../src/accounts/sessions/sign-in.ts'
import { Passwords } from '../../src/accounts/users/passwords.ts'
import type { User } from '../../src/accounts/users/user.ts'
import { loadConfig } from '../../src/config/config.ts'
import { tokenKeys } from '../../src/config/token-keys.ts'
import { createServer } from '../../src/http/server.ts'
import { until } from '../helpers/until.ts'
import { type Answer, openWorld, testEnvironment } from '../helpers/world.ts'

const JWT_SECRET = 'the secret that signs tokens in this test'
const world = await openWorld(t, { JWT_SECRET, TRUST_PROXY: '127.0.0.1' })
const { asks, database } = world
const sessions = database.db.collection<Session>('sessions')
const users = database.db.collection<User>('users')
const attempts = database.db.collection<{ _id: string; until: Date }>('attempts')

const refreshed = (refreshToken: string) => asks('POST', '/v1/sessions/refresh', { json: { refreshToken } })
const meStatus = async (token: string) => (await asks('GET', '/v1/users/me', { token })).status
const familyOf = (refreshToken: string) => refreshToken.split('.')[0] ?? ''
const tries = (name: string, password: string, address: string): Promise<Answer> =>
  asks('POST', '/v1/sessions', {
    json: { email: `${name}@example.com`, password },
    headers: { 'x-forwarded-for': address },
  })

function token(header: object, payload: object, secret = JWT_SECRET): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part(header)}.${part(payload)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

const now = Math.floor(Date.now() / 1000)
const claims = { sub: 'ann', roles: ['user'], sid: 's', gen: 0, iss: 'glance', aud: 'glance', iat: now, exp: now + 900 }

t.test('only whole tokens of ours are believed', async t => {
  const ann = await world.signsUp('ann')
  const [{ kid }] = tokenKeys({ JWT_SECRET }, String)
  const mine = { ...claims, sub: ann.id, sid: familyOf(ann.refreshToken) }
  const header = { alg: 'HS256', typ: 'JWT', kid }
  t.equal(await meStatus(token(header, mine)), 200, 'the test makes good tokens')
  const { exp: _exp, ...forever } = mine
  const { iat: _iat, ...unborn } = mine
  const { sid: _sid, ...nowhere } = mine
  const bad: Record<string, string> = {
    'algorithm none': token({ ...header, alg: 'none' }, mine),
    'algorithm none, unsigned': `${token({ ...header, alg: 'none' }, mine)
      .split('.')
      .slice(0, 2)
      .join('.')}.`,
    'another secret': token(header, mine, 'another secret that is long enough'),
    'no key named': token({ alg: 'HS256', typ: 'JWT' }, mine),
    'another key named': token({ ...header, kid: 'other' }, mine),
    'no expiry': token(header, forever),
    'no birth': token(header, unborn),
    'no session': token(header, nowhere),
    expired: token(header, { ...mine, iat: now - 1000, exp: now - 100 }),
    'another audience': token(header, { ...mine, aud: 'others' }),
    'another issuer': token(header, { ...mine, iss: 'others' }),
    HS512: token({ ...header, alg: 'HS512' }, mine),
    'a refresh token': ann.refreshToken,
  }
  for (const [name, text] of Object.entries(bad)) t.equal(await meStatus(text), 401, name)
})

t.test('a pair signs ES256; its public key is no secret, and retired keys are believed but sign nothing', async t => {
  const pem = {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }
  const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256', ...pem } as never) as unknown as typeof one
  const one: { privateKey: string; publicKey: string } = pair()
  const keys = tokenKeys({ JWT_PRIVATE_KEY: one.privateKey, JWT_PREVIOUS: JWT_SECRET }, String)
  const tokens = await registerAccessTokens(fastify(), keys)
  const bearer = { id: 'ann', roles: ['user' as const], sessionId: 's', generation: 3 }
  const text = tokens.sign(bearer)
  const [head = ''] = text.split('.')
  t.match(JSON.parse(Buffer.from(head, 'base64url').toString()), { alg: 'ES256', kid: keys[0].kid })
  t.same(tokens.verify(text), bearer)
  const { iat, exp } = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString())
  t.equal(exp - iat, 900, 'it lives for 15 minutes')

  const old = await registerAccessTokens(fastify(), tokenKeys({ JWT_SECRET }, String))
  t.same(tokens.verify(old.sign(bearer)), bearer, 'what signed before is believed')
  t.equal(old.verify(text), null, 'and does not know what came after')
  const turned = await registerAccessTokens(fastify(), tokenKeys({ JWT_SECRET, JWT_PREVIOUS: one.publicKey }, String))
  t.same(turned.verify(text), bearer, 'a public key is enough to believe')

  const [pairKey, secretKey] = [keys[0], keys[1]]
  const confused: Record<string, string> = {
    'HS256 under the public key': token({ alg: 'HS256', kid: pairKey.kid }, claims, one.publicKey),
    'HS256 under the secret, named as the pair': token({ alg: 'HS256', kid: pairKey.kid }, claims),
    'ES256 named as the secret': text.replace(
      head,
      Buffer.from(JSON.stringify({ alg: 'ES256', kid: secretKey?.kid })).toString('base64url'),
    ),
    'another pair': (
      await registerAccessTokens(fastify(), tokenKeys({ JWT_PRIVATE_KEY: pair().privateKey }, String))
    ).sign(bearer),
  }
  for (const [name, forged] of Object.entries(confused)) t.equal(tokens.verify(forged), null, name)
})

t.test('fifty uses of one refresh token at once end with the same next one, and the session lives', async t => {
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
  t.equal(again.refreshToken, first.refreshToken, 'the reply that was lost comes again')
  const family = familyOf(lost.refreshToken)
  await sessions.updateOne({ _id: family }, [{ $set: { rotatedAt: { $subtract: ['$rotatedAt', 11_000] } } }])
  t.equal(await meStatus(again.accessToken), 200)
  t.equal((await refreshed(lost.refreshToken)).status, 401)
  t.equal((await refreshed(again.refreshToken)).status, 401, 'the family is revoked')
  t.equal(await meStatus(again.accessToken), 401, 'and its access tokens with it')
  const { token: root } = await world.root()
  const { body } = await asks('GET', `/v1/audit?what=refresh_token_reused&who=${lost.id}`, { token: root })
  t.equal(body.items.length, 1)
})

t.test('an older generation ends the session however soon', async t => {
  const { refreshToken } = await world.signsUp('older')
  const second = (await refreshed(refreshToken)).body.refreshToken
  const third = (await refreshed(second)).body.refreshToken
  t.equal((await refreshed(refreshToken)).status, 401)
  t.equal((await refreshed(third)).status, 401)
})

t.test('a forged refresh token does nothing', async t => {
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

t.test('sessions are listed to their owner and ended one by one, this one, or all', async t => {
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

t.test('another process, with another cost, knows of ended sessions and makes old hashes anew', async t => {
  const name = database.db.databaseName
  const second = await openWorld(t, { JWT_SECRET, DATABASE: name, BCRYPT_COST: '11' })
  const ann = await world.signsUp('twice')
  t.match((await users.findOne({ _id: ann.id }))?.passwordHash, /^\$2b\$10\$/)
  const there = await second.signsIn({ email: 'twice@example.com', password: "twice's own password" })
  t.match((await users.findOne({ _id: ann.id }))?.passwordHash, /^\$2b\$11\$/)
  t.equal((await second.asks('GET', '/v1/users/me', { token: ann.token })).status, 200)
  await asks('DELETE', '/v1/sessions', { token: there.token })
  await until('the other process refuses the token', async () => {
    return (await second.asks('GET', '/v1/users/me', { token: ann.token })).status === 401
  })
})

t.test('a new password ends all other sessions, even when only its one write was done', async t => {
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
  t.equal(kept.status, 200, 'this one goes on')
  t.equal((await asks('POST', '/v1/sessions', { json: credentials })).status, 401)

  await users.updateOne({ _id: here.id }, { $inc: { passwordChanges: 1 } })
  t.equal((await refreshed(kept.body.refreshToken)).status, 401, 'killed after the write: worth nothing all the same')
})

/** The accounts as the service opens them, on the same database; something happens while a password is compared. */
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

t.test('whoever loses a role while they sign in has lost it', async t => {
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

t.test('a sign-in with the old password does not outlast a change of it that comes in between', async t => {
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
    'only the one it was changed in',
  )
})

t.test('of two reads of the ended sessions the one that was asked for later counts, whichever comes first', async t => {
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
  'while passwords wait in a full queue an unknown account is told so as any, and nothing else happens',
  async t => {
    const passwords = new Passwords(4)
    t.teardown(() => passwords.close())
    const ann = await passwords.hash("ann's own password")
    const all = await Promise.allSettled(
      Array.from({ length: 300 }, (_, i) => passwords.matches('a guess', i % 2 ? ann : undefined)),
    )
    const refused = all.filter(({ status }) => status === 'rejected')
    t.ok(refused.length > 100)
    t.equal(await passwords.matches('a guess', undefined), false, 'once there is room it is compared')
  },
)

t.test('a wrong password and an unknown account get the same answer', async t => {
  const wrong = await tries('ann', 'not hers at all', '203.0.113.1')
  const unknown = await tries('nobody', 'not hers at all', '203.0.113.1')
  const long = await tries('ann', 'x'.repeat(73), '203.0.113.1')
  t.equal(wrong.status, 401)
  t.same({ ...wrong.body, instance: '' }, { ...unknown.body, instance: '' })
  t.same({ ...wrong.body, instance: '' }, { ...long.body, instance: '' }, 'bcrypt would not have read it to its end')
})

t.test('guessing gets slow, an account there or not; its owner gets in where it has been, all in the end', async t => {
  await world.signsUp('target')
  const right = "target's own password"
  const guesses = (name: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, i) => tries(name, `guess number ${i}`, `198.51.100.${i}`)))
  /** As if there had been more of them: the next one makes the others wait for minutes. */
  const fiveAreMany = () => attempts.updateMany({ failures: 5 }, { $set: { failures: 14 } })
  for (const name of ['target', 'nowhere']) {
    t.same(new Set((await guesses(name, 5)).map(({ status }) => status)), new Set([401]), 'five cost no wait')
    await fiveAreMany()
    const answers = await guesses(name, 12)
    t.equal(answers.filter(({ status }) => status === 401).length, 1, `${name}: one of many at once`)
    const refused = answers.filter(({ status }) => status === 429)
    t.equal(refused.length, 11, `${name}: guessing from everywhere does not help`)
    t.ok(Number(refused[0]?.headers.get('retry-after')) > 100)
  }
  t.equal((await tries('target', right, '192.0.2.1')).status, 429, 'a stranger must wait, whatever it says')
  const owner = await world.signsIn({ email: 'target@example.com', password: right })
  t.ok(owner.token, 'the owner is known here')
  t.notMatch(JSON.stringify(await attempts.find().toArray()), /target|nowhere|198\.51/, 'nobody is named')
  await guesses('target', 5)
  await fiveAreMany()
  await guesses('target', 1)
  t.equal((await tries('target', right, '192.0.2.1')).status, 429)
  await attempts.updateMany({}, { $set: { until: new Date(0) } })
  t.equal((await tries('target', right, '192.0.2.1')).status, 201, 'every wait ends')
})

t.test('whoever is turned away is not counted, and a right sign-in makes nobody wait', async t => {
  const address = '198.18.0.7'
  const right = (name: string) => tries(name, `${name}'s own password`, address)
  for (const name of ['locked', 'dan', 'eve']) await world.signsUp(name)
  await Promise.all(Array.from({ length: 5 }, () => tries('locked', 'a guess', '198.18.0.8')))
  await attempts.updateMany({ failures: 5 }, { $set: { failures: 14 } })
  await tries('locked', 'a guess', '198.18.0.8')
  for (let i = 0; i < 52; i++) t.equal((await tries('locked', 'a guess', address)).status, 429)
  t.equal((await right('dan')).status, 201, 'an account that must wait does not count against the address')

  for (const nobody of ['who', 'whoever', 'somebody']) await tries(nobody, 'a guess', address)
  await attempts.updateMany({ failures: 3 }, { $set: { failures: 50 } })
  t.equal((await right('eve')).status, 201)
  t.equal((await tries('locked', 'a guess', '198.18.0.9')).status, 429)
  await world.signsUp('fay')
  t.equal((await right('fay')).status, 201, 'what a right sign-in had counted is taken back with its wait')
})

t.test('whoever guesses at others signs in to an account of their own in vain', async t => {
  const address = '198.18.1.1'
  await world.signsUp('spy')
  const own = () => tries('spy', "spy's own password", address)
  t.equal((await own()).status, 201)
  const guess = async (name: string) => {
    const { status } = await tries(name, 'a guess', address)
    await own()
    return status
  }
  for (const victim of ['one', 'two', 'three']) await guess(victim)
  t.equal((await attempts.updateMany({ failures: 3 }, { $set: { failures: 50 } })).modifiedCount, 1, 'all stay counted')
  t.same([await guess('four'), await guess('five')], [401, 429])
})

t.test('right sign-ins at once, one after the other and many of them, never wait', async t => {
  await world.signsUp('busy')
  const right = () =>
    asks('POST', '/v1/sessions', { json: { email: 'busy@example.com', password: "busy's own password" } })
  const answers: Answer[] = []
  for (let turn = 0; turn < 2; turn++) answers.push(...(await Promise.all(Array.from({ length: 12 }, right))))
  t.same(new Set(answers.map(({ status }) => status)), new Set([201]))
})

t.test('who guesses at many accounts is stopped by the address, an IPv6 one by its network', async t => {
  const guess = (i: number) => tries(`somebody-${i}`, 'what could it be', `2001:db8::${(i % 9) + 1}`)
  const statuses: number[] = []
  while (statuses.length < 70 && statuses.at(-1) !== 429) statuses.push((await guess(statuses.length)).status)
  t.equal(statuses.indexOf(429), 51, 'fifty for nothing, one that begins the wait')
  t.equal((await tries('ann', 'what could it be', '2001:db8:0:1::1')).status, 401, 'the neighbours go free')
})

t.test('the commonest passwords are refused', async t => {
  for (const password of ['qwertyuiop', 'Password1234!', '1q2w3e4r5t6y']) {
    const { status, body } = await asks('POST', '/v1/users', { json: { email: 'common@example.com', password } })
    t.equal(status, 400, password)
    t.equal(body.errors[0].pointer, '/password')
  }
})

t.test('with another data secret the service does not start on this database', async t => {
  const DATABASE = database.db.databaseName
  await t.rejects(openWorld(t, { DATABASE, DATA_SECRET: 'another secret that is long enough' }), {
    name: 'ConfigError',
  })
})
