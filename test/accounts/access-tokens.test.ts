import { createHmac, generateKeyPairSync } from 'node:crypto'
import fastify from 'fastify'
import t from 'tap'
import { registerAccessTokens } from '../../src/accounts/sessions/access-token.ts'
import { tokenKeys } from '../../src/config/token-keys.ts'
import { openWorld } from '../helpers/world.ts'

const JWT_SECRET = 'the secret that signs tokens in this test'
const world = await openWorld(t, { JWT_SECRET, TRUST_PROXY: '127.0.0.1' })
const { asks } = world
const meStatus = async (token: string) => (await asks('GET', '/v1/users/me', { token })).status
const familyOf = (refreshToken: string) => refreshToken.split('.')[0] ?? ''

function token(header: object, payload: object, secret = JWT_SECRET): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part(header)}.${part(payload)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

const now = Math.floor(Date.now() / 1000)
const claims = { sub: 'ann', roles: ['user'], sid: 's', gen: 0, iss: 'glance', aud: 'glance', iat: now, exp: now + 900 }

t.test('only valid and complete access tokens of this service are accepted', async t => {
  const ann = await world.signsUp('ann')
  const [{ kid }] = tokenKeys({ JWT_SECRET }, String)
  const mine = { ...claims, sub: ann.id, sid: familyOf(ann.refreshToken) }
  const header = { alg: 'HS256', typ: 'JWT', kid }
  t.equal(await meStatus(token(header, mine)), 200, 'the test signs valid tokens')
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

t.test(
  'a key pair signs with ES256; its public key signs nothing, and retired keys verify but do not sign',
  async t => {
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
    t.equal(exp - iat, 900, 'it expires after 15 minutes')

    const old = await registerAccessTokens(fastify(), tokenKeys({ JWT_SECRET }, String))
    t.same(tokens.verify(old.sign(bearer)), bearer, 'the former key verifies')
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
  },
)
