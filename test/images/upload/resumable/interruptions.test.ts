import { text } from 'node:stream/consumers'
import t from 'tap'
import { Upload } from 'tus-js-client'
import { startInterruptingProxy } from '../../../../scripts/torture/uploads/interrupting-proxy.ts'
import { connect } from '../../../../src/database/connect.ts'
import { aWire } from '../../../helpers/database/wire.ts'
import { noUploadIsLeft } from '../../../helpers/images/leftovers.ts'
import { addressOf, beginsToAppend, offsetOf, tusClient } from '../../../helpers/images/tus.ts'
import { noise, sha256 } from '../../../helpers/pictures.ts'
import { startScript } from '../../../helpers/service.ts'
import { until } from '../../../helpers/until.ts'
import { ADMIN, openWorld, testEnvironment, worldAt } from '../../../helpers/world.ts'

const KILLS = 5

t.test('of a request that is cut off the bytes stay that have arrived', async t => {
  const world = await openWorld(t)
  const { db } = world.database
  const ann = await world.signsUp('ann')
  const tus = tusClient(world, ann)
  const bytes = await noise(500, 500)
  const upload = addressOf(await tus.begins(bytes.length))
  const writer = async () => (await db.collection('resumableUploads').findOne())?.writer
  let offset = 0
  for (const part of [1, 60_000, 100_000]) {
    const before = await writer()
    const where = { token: ann.token, upload, offset, length: bytes.length - offset }
    const socket = await beginsToAppend(world.url, where, bytes.subarray(offset, offset + part))
    await until('the request is being read', async () => (await writer()) !== before)
    socket.destroySoon()
    offset = await until('its bytes are stored', async () => {
      const stored = offsetOf(await tus.looksAt(upload))
      return stored > offset && stored
    })
  }
  t.equal((await tus.appends(upload, offset, bytes.subarray(offset))).body.sha256, sha256(bytes))
  t.ok(await noUploadIsLeft(db))
})

t.test('of a request that takes too long the bytes stay, and the answer says so', async t => {
  const world = await openWorld(t, { UPLOAD_SECONDS: '1' })
  const ann = await world.signsUp('ann')
  const tus = tusClient(world, ann)
  const bytes = await noise(500, 500)
  const upload = addressOf(await tus.begins(bytes.length))
  const where = { token: ann.token, upload, offset: 0, length: bytes.length }
  const socket = await beginsToAppend(world.url, where, bytes.subarray(0, 50_000))
  t.match(await text(socket), /^HTTP\/1.1 408 .*"code":"request_timeout"/s)
  t.equal(offsetOf(await tus.looksAt(upload)), 50_000)
  t.equal((await tus.appends(upload, 50_000, bytes.subarray(50_000))).body.sha256, sha256(bytes))
})

t.test('while the image can not be made, clients are told to ask again', async t => {
  const wire = await aWire(t)
  const world = await openWorld(t, { MONGODB_URI: wire.uri })
  const ann = await world.signsUp('ann')
  const tus = tusClient(world, ann)
  const bytes = await noise(60, 50)
  const upload = addressOf(await tus.begins(bytes.length))
  wire.onRequest = command => (command.insert === 'uploads' ? 'cut' : 'pass')
  t.equal((await tus.appends(upload, 0, bytes)).status, 503)
  const looked = await tus.looksAt(upload)
  t.equal(looked.status, 423, 'after a 5xx clients would send the whole file again')
  t.equal(looked.headers.get('retry-after'), '1')
  wire.onRequest = () => 'pass'
  const again = await tus.looksAt(upload)
  t.equal(offsetOf(again), bytes.length)
  t.equal((await ann.gets(again.headers.get('upload-image') ?? '')).body.sha256, sha256(bytes))
  t.ok(await noUploadIsLeft(world.database.db))
})

t.test('an upload whose service is killed again and again arrives whole, once', async t => {
  const env = await testEnvironment(t, { JWT_SECRET: 'a secret that survives every restart', LOG_LEVEL: 'info' })
  const start = async () => {
    const service = startScript(t, 'src/main.ts', env)
    const [, url = ''] = await service.says(/listening at (http:[^"]+)"/)
    return { ...service, url }
  }
  let service = await start()
  let kills = 0
  const proxy = await startInterruptingProxy({
    target: () => service.url,
    // Together fewer bytes than the file has, so that the last kill comes before its end.
    nextAfter: () => (kills < KILLS ? 1 + Math.floor(Math.random() * 250_000) : Number.POSITIVE_INFINITY),
    interrupt: async () => {
      kills++
      await service.kill('SIGKILL')
      service = await start()
    },
  })
  t.teardown(() => proxy.close())
  const root = await worldAt(service.url).signsIn(ADMIN)
  const bytes = await noise(1_200, 1_100)
  const image = await new Promise<string | undefined>((resolve, reject) => {
    new Upload(bytes, {
      endpoint: `${proxy.url}/v1/uploads`,
      headers: { authorization: `Bearer ${root.token}` },
      metadata: { filename: 'a.jpg' },
      chunkSize: 100_000,
      retryDelays: Array.from({ length: 1_000 }, () => 50),
      onError: reject,
      onSuccess: ({ lastResponse }) => resolve(lastResponse.getHeader('Upload-Image')),
    }).start()
  })
  t.equal(kills, KILLS)
  t.equal(sha256((await worldAt(service.url).asks('GET', `${image}/file`, root)).bytes), sha256(bytes))
  const database = await connect(env.MONGODB_URI ?? '', env.DATABASE ?? '')
  t.teardown(async () => {
    await database.db.dropDatabase()
    await database.connection.close()
  })
  t.equal(await database.db.collection('images').countDocuments(), 1)
  t.ok(await noUploadIsLeft(database.db))
})
