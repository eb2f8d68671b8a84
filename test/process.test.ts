import t from 'tap'
import { uuidv7 } from 'uuidv7'
import { connect } from '../src/database/connect.ts'
import { serverUri } from './helpers/mongodb.ts'
import { noise } from './helpers/pictures.ts'
import { startScript } from './helpers/service.ts'
import { until } from './helpers/until.ts'
import { ADMIN, testEnvironment, worldAt } from './helpers/world.ts'

const env = await testEnvironment(t, { LOG_LEVEL: 'info', JWT_SECRET: 'a secret that survives every restart' })

async function startService() {
  const service = startScript('src/main.ts', env)
  const [, url = ''] = await service.says(/listening at (http:[^"]+)"/)
  return { ...service, ...worldAt(url) }
}

t.teardown(async () => {
  const database = await connect(serverUri(), env.DATABASE ?? '')
  await database.db.dropDatabase()
  await database.connection.close()
})

t.test('what is cut off by kill -9, again and again, is sent again and counts exactly once', async t => {
  let service = await startService()
  const { body: image } = await (await service.signsIn(ADMIN)).uploads(await noise(40, 30))
  const batches = Array.from({ length: 30 }, (_, i) =>
    Array.from({ length: 100 }, () => ({ imageId: image.id, type: i % 2 ? 'view' : 'click', id: uuidv7() })),
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
    service = await startService()
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

t.test('SIGTERM answers what is under way and ends with 0', async t => {
  const service = await startService()
  const root = await service.signsIn(ADMIN)
  const { body: image } = await root.uploads(await noise(41, 30))
  const sent = Array.from({ length: 20 }, () => root.reports({ imageId: image.id, type: 'click', id: uuidv7() }))
  await Promise.race(sent)
  const ended = service.kill('SIGTERM')
  const statuses = await Promise.all(
    sent.map(answer =>
      answer.then(
        ({ status }) => status,
        () => 0,
      ),
    ),
  )
  t.equal(await ended, 0)
  const database = await connect(serverUri(), env.DATABASE ?? '')
  const stored = await database.db.collection('events').countDocuments({ imageId: image.id })
  await database.connection.close()
  t.ok(stored >= statuses.filter(status => status === 202).length, 'nothing acknowledged is lost')
})

t.test('a wrong configuration is clear lines and exit code 1', async t => {
  const service = startScript('src/main.ts', { ...env, PORT: 'many', BCRYPT_COST: '1' })
  await service.says(/BCRYPT_COST/)
  t.equal(await service.kill('SIGCONT'), 1)
  t.match(service.output(), /^PORT must be integer\nBCRYPT_COST must be >= 10\n$/)
})

t.test('production without a database is one clear line', async t => {
  const { MONGODB_URI: _uri, ...rest } = env
  const service = startScript('src/main.ts', { ...rest, NODE_ENV: 'production', DATA_SECRET: 'x'.repeat(32) })
  await service.says(/MONGODB_URI/)
  t.equal(service.output(), 'MONGODB_URI must be set in production\n')
})
