import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { Problem } from '../../../src/errors.ts'
import { ErasedPeopleCache } from '../../../src/events/ingest/erased-people.ts'
import type { Entry } from '../../../src/events/ingest/flush.ts'
import { Ingest } from '../../../src/events/ingest/ingest.ts'
import type { Intake } from '../../../src/events/ingest/intake.ts'
import { Rejects } from '../../../src/events/ingest/rejects.ts'
import { ingestStream } from '../../../src/events/ingest/stream/ingest-stream.ts'
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
const SHOP: KeyIdentity = { kind: 'key', id: 'k', app: 'shop', scopes: ['events:write'], origins: [], ownerId: 'o' }

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

t.test('a batch that fails while the next one is awaited fails the stream', async t => {
  const line = `${JSON.stringify({ imageId: 'any', type: 'view', visitorId: 'v' })}\n`
  const ingest = {
    failed: false,
    async submitWhenRoom(entries: Entry[]) {
      if (ingest.failed) return entries.map(() => undefined)
      ingest.failed = true
      throw new Problem('unavailable')
    },
  }
  const intake = { ingest, rejects: {}, erased: {}, db, window: DAY, typedSince: new Date(0), logger: silent }
  async function* chunks() {
    yield Buffer.from(line.repeat(1_000))
    while (!ingest.failed) await new Promise(setImmediate)
    await new Promise(setImmediate)
    yield Buffer.from(line)
  }
  const limits = { silence: 60_000, ending: new AbortController().signal }
  const answer = ingestStream(Readable.from(chunks()), SHOP, intake as unknown as Intake, limits)
  await t.rejects(answer, { code: 'unavailable', members: { lines: 1_001 } })
})

/** A bare service that takes events of a server's key and gives up on streams that are silent for half a second. */
async function impatientService(t: Test) {
  const app = Fastify()
  registerProblems(app as unknown as App)
  app.decorateRequest('identity', { getter: () => SHOP })
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
