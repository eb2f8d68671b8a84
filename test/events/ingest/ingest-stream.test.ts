import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { ErasedPeopleCache } from '../../../src/events/ingest/erased-people.ts'
import { Ingest } from '../../../src/events/ingest/ingest.ts'
import { Rejects } from '../../../src/events/ingest/rejects.ts'
import { eventRoutes } from '../../../src/events/routes.ts'
import type { KeyIdentity } from '../../../src/http/plugins/identity.ts'
import { registerProblems } from '../../../src/http/problems/problems.ts'
import type { App } from '../../../src/http/server.ts'
import { ownDatabase } from '../../helpers/database/mongodb.ts'
import { aWire } from '../../helpers/database/wire.ts'
import { DAY, flushParts, loggedEvents, silent } from '../../helpers/log.ts'
import { noise } from '../../helpers/pictures.ts'
import { ADMIN, openWorld } from '../../helpers/world.ts'

const database = await ownDatabase(t)
const { db } = database
const stored = (match: object) => loggedEvents(db, match)

t.test('a stream that fails midway reports how many events are stored, and keeps its connection', async t => {
  const wire = await aWire(t)
  const world = await openWorld(t, { MONGODB_URI: wire.uri })
  const root = await world.signsIn(ADMIN)
  const { body: image } = await root.uploads(await noise(20, 20))
  let inserted = 0
  wire.onReply = command => (command.insert === 'events' && inserted++ > 0 ? 'cut' : 'pass')
  const line = `${JSON.stringify({ imageId: image.id, type: 'view' })}\n`
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const stream = request(`${world.url}/v1/events`, {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${root.token}` },
  })
  const answered = once(stream, 'response')
  stream.write(line.repeat(6_000))
  const [answer] = (await answered) as [IncomingMessage]
  const body = JSON.parse(await text(answer))
  t.equal(answer.statusCode, 503)
  t.ok(answer.headers['retry-after'])
  t.match(body, { code: 'unavailable', accepted: Number, lines: Number })
  t.ok(body.accepted >= 1_000 && body.accepted < 6_000, `${body.accepted} are stored`)
  t.ok(body.lines > body.accepted)
  wire.onReply = () => 'pass'
  stream.end(line.repeat(6_000))
  const [next] = (await once(request(`${world.url}/livez`, { agent }).end(), 'response')) as [IncomingMessage]
  t.equal(next.statusCode, 200, 'the rest of the body was read and discarded')
  next.resume()
})

/** A bare service that takes events of a server's key and gives up on streams that are silent for half a second. */
async function impatientService(t: Test) {
  const app = Fastify()
  registerProblems(app as unknown as App)
  const shop: KeyIdentity = { kind: 'key', id: 'k', app: 'shop', scopes: ['events:write'], origins: [], ownerId: 'o' }
  app.decorateRequest('identity', { getter: () => shop })
  const ingest = new Ingest(await flushParts(database), { events: 10_000, bytes: 1e7 }, silent)
  const erased = new ErasedPeopleCache(async () => ({ has: () => false, operation: undefined }))
  const intake = { ingest, rejects: new Rejects(db), erased, db, window: DAY, typedSince: new Date(0), logger: silent }
  await app.register(eventRoutes as never, { ...intake, silence: 500 })
  const url = await app.listen({ port: 0 })
  t.teardown(() => app.close())
  return {
    streams: () => request(`${url}/v1/events`, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' } }),
  }
}

t.test('a stream whose sender falls silent is answered with the number of stored events, and closed', async t => {
  const service = await impatientService(t)
  const stream = service.streams()
  stream.write(`${JSON.stringify({ imageId: 'silence', type: 'view', visitorId: 'v' })}\n`.repeat(1_500))
  const [answer] = (await once(stream, 'response')) as [IncomingMessage]
  t.equal(answer.statusCode, 408)
  t.match(JSON.parse(await text(answer)), { code: 'request_timeout', accepted: 1_000, lines: 1_000 })
  t.equal(await stored({ imageId: 'silence' }), 1_000)
  if (!answer.socket.closed) await once(answer.socket, 'close')
})
