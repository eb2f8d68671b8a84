import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { connect } from '../src/database/connect.ts'
import { serverUri } from './helpers/database/mongodb.ts'
import { aWire } from './helpers/database/wire.ts'
import { idMadeAt } from './helpers/ids.ts'
import { loggedEvents } from './helpers/log.ts'
import { noise } from './helpers/pictures.ts'
import { startScript } from './helpers/service.ts'
import { until } from './helpers/until.ts'
import { ADMIN, testEnvironment, worldAt } from './helpers/world.ts'

/** Ids of events of a minute that is over, so that it settles within seconds. */
const anId = () => idMadeAt(Date.now() - 2 * 60_000)

const env = await testEnvironment(t, { LOG_LEVEL: 'info', JWT_SECRET: 'a secret that survives every restart' })

async function startService(t: Test, more: NodeJS.ProcessEnv = {}) {
  const service = startScript(t, 'src/main.ts', { ...env, ...more })
  const [, url = ''] = await service.says(/listening at (http:[^"]+)"/)
  return { ...service, ...worldAt(url) }
}

let shared: ReturnType<typeof startService> | undefined
/** The service of all tests that leave it running; the last test ends it. */
const ourService = () => (shared ??= startService(t, { TRUST_PROXY: '127.0.0.1' }))

t.teardown(async () => {
  const database = await connect(serverUri(), env.DATABASE ?? '')
  await database.db.dropDatabase()
  await database.connection.close()
})

t.test('events interrupted by repeated kill -9 and sent again count exactly once', async t => {
  let service = await startService(t)
  const { body: image } = await (await service.signsIn(ADMIN)).uploads(await noise(40, 30))
  const batches = Array.from({ length: 30 }, (_, i) =>
    Array.from({ length: 100 }, () => ({ imageId: image.id, type: i % 2 ? 'view' : 'click', id: anId() })),
  )
  let left = batches
  for (let kill = 0; kill < 3; kill++) {
    const root = await service.signsIn(ADMIN)
    const answers = left.map(async batch => ({ batch, done: await root.reports(batch).catch(() => undefined) }))
    await Promise.race(answers)
    await service.kill('SIGKILL')
    // Some of what was answered is sent again as well.
    left = (await Promise.all(answers)).flatMap(({ batch, done }, i) => (done?.status === 202 && i % 3 ? [] : [batch]))
    t.ok(left.length > 0, `${left.length} batches are left after kill ${kill + 1}`)
    service = await startService(t)
  }
  const again = await service.signsIn(ADMIN)
  for (const batch of left) t.equal((await again.reports(batch)).status, 202)
  await until('exactly 3,000', async () => {
    const { view, click } = (await again.statsOf(image.id)).body.totals.counts
    if (view > 1500 || click > 1500) throw new Error(`${view} and ${click} are too many`)
    return view === 1500 && click === 1500
  })
  t.equal(await service.kill('SIGTERM'), 0)
})

t.test('SIGTERM stores and answers all received events and exits with 0', async t => {
  const wire = await aWire(t)
  const service = await startService(t, { MONGODB_URI: wire.uri })
  const root = await service.signsIn(ADMIN)
  const { body: image } = await root.uploads(await noise(41, 30))
  let release = () => {}
  const held = new Promise<'pass'>(resolve => (release = () => resolve('pass')))
  wire.onReply = command => (command.insert === 'events' ? held : 'pass')
  const sent = Array.from({ length: 20 }, () => root.reports({ imageId: image.id, type: 'click', id: anId() }))
  await until('all are taken', async () => {
    const { bytes } = await service.asks('GET', '/metrics')
    return /^glance_queue_events 20$/m.test(bytes.toString())
  })
  const ended = service.kill('SIGTERM')
  await until('it takes no more', () =>
    service.asks('GET', '/livez').then(
      ({ status }) => status !== 200,
      () => true,
    ),
  )
  release()
  t.same(new Set((await Promise.all(sent)).map(({ status }) => status)), new Set([202]))
  t.equal(await ended, 0)
  const database = await connect(serverUri(), env.DATABASE ?? '')
  t.equal(await loggedEvents(database.db, { imageId: image.id }), 20)
  await database.connection.close()
})

t.test('the commands of analysts and operators work on the same database, with its data secret only', async t => {
  const run = async (script: string, words: string[], more = {}) => {
    const process = startScript(t, script, { ...env, ...more }, { words })
    return { code: await process.ended(), says: process.output() }
  }
  const foreign = { DATA_SECRET: 'another secret that is long enough' }
  const lately = ['--from', new Date(Date.now() - 3_600_000).toISOString()]
  const [report, verified, rebuilt, refused] = await Promise.all([
    run('scripts/report.ts', ['top-images', '--format', 'csv']),
    run('scripts/verify.ts', lately),
    run('scripts/rebuild.ts', lately),
    run('scripts/rebuild.ts', lately, foreign),
  ])
  t.match(report, { code: 0, says: /^imageId,title,value,.*\n.+,,1500,/s })
  t.match(verified, { code: 0, says: / 0 differences/ })
  t.match(rebuilt, { code: 0, says: /[1-9]\d* buckets rolled up again/ })
  t.match(refused, { code: 1, says: /^DATA_SECRET differs from the one/ })
})

t.test('the log contains neither API keys nor e-mails from URLs', async t => {
  const service = await ourService()
  await service.asks('GET', '/v1/users?email=zoe@example.com&limit=1')
  await service.asks('POST', '/v1/events?key=glk_of_a_page')
  await service.says(/\/v1\/events\?key=.*request completed/s)
  t.match(service.output(), '/v1/users?email=…&limit=1')
  t.notMatch(service.output(), /zoe|glk_of_a_page/)
})

t.test('the log warns of TRUST_PROXY=true, and not of the addresses of proxies', async t => {
  const [anyone, named] = await Promise.all([startService(t, { TRUST_PROXY: 'true' }), ourService()])
  t.match(anyone.output(), /"level":40,.*TRUST_PROXY=true believes any client about its address/)
  t.notMatch(named.output(), 'TRUST_PROXY')
})

t.test('configuration that can not be used yields clear lines and exit code 1', async t => {
  const [, port = ''] = /:(\d+)$/.exec((await ourService()).url) ?? []
  const { MONGODB_URI: _uri, ...rest } = env
  const cases: [NodeJS.ProcessEnv, RegExp][] = [
    [{ ...env, PORT: port }, /^HOST, PORT: .*EADDRINUSE.*\n$/],
    [{ ...env, MONGODB_URI: 'mongodb://127.0.0.1:1/' }, /^MONGODB_URI: .*ECONNREFUSED.*\n$/],
    [{ ...env, ADMIN_EMAIL: 'new@example.com', ADMIN_PASSWORD: '1q2w3e4r5t6y' }, /^ADMIN_PASSWORD: .*\n$/],
    [{ ...rest, NODE_ENV: 'production', DATA_SECRET: 'x'.repeat(32) }, /^MONGODB_URI must be set in production\n$/],
  ]
  const services = cases.map(([wrong]) => startScript(t, 'src/main.ts', { ...wrong, LOG_LEVEL: 'silent' }))
  for (const [i, service] of services.entries()) {
    t.equal(await service.ended(), 1)
    t.match(service.output(), cases[i]?.[1])
  }
})

t.test('SIGTERM ends an endless stream, and the answer says how much of it is stored', async t => {
  const service = await ourService()
  const root = await service.signsIn(ADMIN)
  const { body: image } = await root.uploads(await noise(42, 30))
  const line = `${JSON.stringify({ imageId: image.id, type: 'click' })}\n`
  const stream = request(`${service.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${root.token}` },
  })
  const answered = once(stream, 'response')
  stream.write(line.repeat(1_000))
  await until(
    'the first lines are stored',
    async () => (await root.statsOf(image.id)).body.totals.counts.click === 1_000,
  )
  const ended = service.kill('SIGTERM')
  stream.write(line)
  const [answer] = (await answered) as [IncomingMessage]
  t.equal(answer.statusCode, 503)
  t.match(JSON.parse(await text(answer)), { code: 'unavailable', accepted: 1_000, lines: 1_000 })
  t.equal(await ended, 0)
})
