import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../src/config/config.ts'
import { ConfigError } from '../../src/config/config-error.ts'

const SECRET = 'x'.repeat(32)

function faultsOf(env: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig({ JWT_SECRET: SECRET, DATA_SECRET: SECRET, ...env })
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  return []
}

t.test('defaults are as documented', async t => {
  const config = loadConfig({ JWT_SECRET: SECRET, DATA_SECRET: SECRET })
  t.match(config, {
    host: '127.0.0.1',
    port: 3000,
    database: 'glance',
    rateLimit: 600,
    trustProxy: false,
    eventLog: 'auto',
  })
  t.equal(config.retention.accept, 7 * 86_400_000)
})

t.test('each invalid value yields one line that names the variable', async t => {
  t.match(faultsOf({ PORT: 'many' }), [/^PORT /])
  t.match(faultsOf({ DATABASE: 'a b' }), [/^DATABASE /])
  t.match(faultsOf({ JWT_SECRET: 'short' }), [/^JWT_SECRET /])
  t.same(faultsOf({ EVENT_LOG: 'paper' }), ['EVENT_LOG must be one of auto, timeseries, plain'])
  t.match(faultsOf({ NODE_ENV: 'prod' }), [/^NODE_ENV must be one of .*production/])
  t.match(faultsOf({ TRUST_PROXY: 'yes' }), [/^TRUST_PROXY /])
  t.match(faultsOf({ CORS_ORIGINS: 'https://a.example, b.example/' }), [/^CORS_ORIGINS: b.example\//])
  t.match(faultsOf({ GLANCE_FOLDER: '/dev/null/here', JWT_SECRET: '' }), [/^GLANCE_FOLDER: /])
  t.equal(faultsOf({ PORT: '-1', BCRYPT_COST: '3' }).length, 2)
  t.match(faultsOf({ QUEUE_BYTES: '33554431' }), [/^QUEUE_BYTES /])
})

t.test('production refuses to start without its database and secrets', async t => {
  const faults = faultsOf({ NODE_ENV: 'production', JWT_SECRET: '', DATA_SECRET: '' })
  t.same(
    faults,
    ['MONGODB_URI', 'JWT_SECRET', 'DATA_SECRET'].map(name => `${name} must be set in production`),
  )
})

t.test('a key pair can sign instead of a secret, and the former key still verifies', async t => {
  const pairOf = (curve: string) =>
    generateKeyPairSync('ec', {
      namedCurve: curve,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
  const { privateKey, publicKey } = pairOf('P-256')
  const env = { JWT_SECRET: '', JWT_PRIVATE_KEY: privateKey.replaceAll('\n', '\\n'), JWT_PREVIOUS: SECRET }
  const config = loadConfig({ DATA_SECRET: SECRET, ...env })
  t.match(config.tokenKeys, [
    { algorithm: 'ES256', verifies: publicKey },
    { algorithm: 'HS256', verifies: SECRET },
  ])
  t.not(config.tokenKeys[0].kid, config.tokenKeys[1]?.kid)
  t.match(faultsOf({ ...env, JWT_SECRET: SECRET }), [/JWT_SECRET and JWT_PRIVATE_KEY/])
  t.match(faultsOf({ ...env, JWT_PRIVATE_KEY: pairOf('P-384').privateKey }), [
    /^JWT_PRIVATE_KEY is not an EC key on P-256/,
  ])
  t.match(faultsOf({ JWT_PREVIOUS: '-----BEGIN nothing that anybody could read' }), [/^JWT_PREVIOUS /])
  for (const twice of [
    { JWT_SECRET: SECRET, JWT_PREVIOUS: SECRET },
    { ...env, JWT_PREVIOUS: publicKey },
  ])
    t.match(faultsOf(twice), [/^JWT_PREVIOUS is the current key/])
  const production = { NODE_ENV: 'production', MONGODB_URI: 'mongodb://localhost', ...env }
  t.same(faultsOf(production), [], 'production needs one of them')
})

t.test('a retention that would roll up expired data is refused', async t => {
  t.match(faultsOf({ MINUTE_ROLLUPS_DAYS: '7' }), [/MINUTE_ROLLUPS_DAYS/])
  t.match(faultsOf({ EVENTS_DAYS: '8' }), [/EVENTS_DAYS/])
  t.match(faultsOf({ HOUR_ROLLUPS_DAYS: '91' }), [/HOUR_ROLLUPS_DAYS/])
})

t.test('an admin needs both e-mail and password', async t => {
  t.match(faultsOf({ ADMIN_EMAIL: 'a@b.c' }), [/must both be set/])
})

t.test('missing secrets are generated once and readable only by their owner', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'glance-config-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const first = loadConfig({ GLANCE_FOLDER: folder })
  const second = loadConfig({ GLANCE_FOLDER: folder })
  t.same(first.tokenKeys, second.tokenKeys)
  const [{ algorithm, signs }] = first.tokenKeys
  t.equal(algorithm, 'HS256')
  t.not(signs, first.dataSecret)
  t.ok(signs.length >= 32)
  t.equal((await stat(join(folder, 'jwt-secret'))).mode & 0o777, 0o600)
  t.equal(await readFile(join(folder, 'data-secret'), 'utf8'), first.dataSecret)
})
