import Fastify from 'fastify'
import mongoose from 'mongoose'
import t from 'tap'
import { isUnavailable, UnknownOutcome } from '../../src/database/unavailability.ts'
import { registerProblems } from '../../src/http/problems/problems.ts'
import type { App } from '../../src/http/server.ts'
import { aWire, isHandshake } from '../helpers/database/wire.ts'
import { noise } from '../helpers/pictures.ts'
import { openWorld } from '../helpers/world.ts'

const { MongoNetworkError, MongoNetworkTimeoutError, MongoServerError, MongoServerSelectionError } = mongoose.mongo
const serverError = (code: number) => new MongoServerError({ message: 'refused', code })

t.test('errors that say that the database is not available are recognized', async t => {
  const notAvailable = [
    new MongoNetworkError('connection closed'),
    new MongoNetworkTimeoutError('timed out'),
    new MongoServerSelectionError('no primary', {} as never),
    new UnknownOutcome('no acknowledgement'),
    ...[50, 64, 91, 189, 10107, 11600, 13435].map(serverError),
    new Error('wrapped', { cause: serverError(10107) }),
  ]
  for (const error of notAvailable) t.ok(isUnavailable(error), `${error.name} ${(error as { code?: number }).code}`)
  for (const error of [new Error('a fault'), serverError(11000), serverError(2), { code: 189 }, undefined]) {
    t.notOk(isUnavailable(error))
  }
})

t.test('an outage is logged when it begins and when it has ended, not for each request', async t => {
  const lines: Record<string, unknown>[] = []
  const app = Fastify({ logger: { level: 'warn', stream: { write: (line: string) => lines.push(JSON.parse(line)) } } })
  registerProblems(app as unknown as App)
  app.get('/', () => Promise.reject(new MongoNetworkError('connection closed')))
  for (let i = 0; i < 5; i++) {
    const { statusCode, headers, body } = await app.inject('/')
    t.equal(statusCode, 503)
    t.match(headers['retry-after'], /^\d+$/)
    t.match(JSON.parse(body), { code: 'unavailable' })
  }
  await app.close()
  t.match(lines, [
    { level: 40, error: 'connection closed', err: undefined },
    { level: 40, failed: 5 },
  ])
  t.equal(lines.length, 2)
})

t.test('without a database every route that needs one answers 503 with Retry-After, and then works again', async t => {
  const wire = await aWire(t)
  const world = await openWorld(t, { MONGODB_URI: wire.uri })
  const root = await world.root()
  const { id } = (await root.uploads(await noise(20, 20))).body
  const asks = {
    images: () => root.gets('/v1/images'),
    image: () => root.gets(`/v1/images/${id}`),
    file: () => root.gets(`/v1/images/${id}/file`),
    upload: async () => root.uploads(await noise(21, 21)),
    change: () => root.changes(id, { title: 'new' }),
    stats: () => root.statsOf(id),
    feedback: () => root.thinks(id, { rating: 3 }),
    comment: () => root.comments(id, 'good'),
    events: () => root.gets('/v1/users/me/events'),
    me: () => root.gets('/v1/users/me'),
    report: () => root.gets('/v1/reports/top-images'),
    readiness: () => world.asks('GET', '/readyz'),
    'sign-up': () => world.asks('POST', '/v1/users', { json: { email: 'x@example.com', password: 'a long password' } }),
    key: () => world.asks('GET', '/v1/images', { key: `glk_${'x'.repeat(43)}` }),
  }
  wire.onRequest = command => (isHandshake(command) ? 'pass' : 'cut')
  for (const [name, ask] of Object.entries(asks)) {
    const { status, body, headers } = await ask()
    t.match({ status, code: body?.code }, { status: 503, code: 'unavailable' }, name)
    t.match(headers.get('retry-after'), /^\d+$/, name)
  }
  t.equal((await world.asks('GET', '/livez')).status, 200)
  wire.onRequest = () => 'pass'
  t.equal((await root.gets(`/v1/images/${id}`)).status, 200)
})

t.test('a service whose database stands still, or acknowledges no writes, is not ready', async t => {
  const wire = await aWire(t)
  const world = await openWorld(t, { MONGODB_URI: wire.uri })
  const isReadinessWrite = (command: mongoose.mongo.Document) => command.updates?.[0]?.q?._id === 'readiness'
  wire.onRequest = command => (command.ping || isReadinessWrite(command) ? 'stall' : 'pass')
  t.match(await world.asks('GET', '/readyz'), { status: 503, body: { code: 'unavailable' } })
  wire.onRequest = command => (isReadinessWrite(command) ? 'stall' : 'pass')
  t.match(await world.asks('GET', '/readyz'), { status: 503, body: { code: 'unavailable' } })
  wire.onRequest = () => 'pass'
})
