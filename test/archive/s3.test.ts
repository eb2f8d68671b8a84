import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import S3rver from 's3rver'
import t from 'tap'
import { openStore } from '../../src/archive/store/open-store.ts'
import { put } from '../../src/archive/store/store.ts'
import { aFolder, aHistory, daysAgo, filesIn, someEvents } from '../helpers/archive/history.ts'
import { freshDatabase, serverUri } from '../helpers/database/mongodb.ts'
import { SECRET } from '../helpers/log.ts'
import { startScript } from '../helpers/service.ts'

const BUCKET = 'glance-archive'
const directory = await aFolder(t)
const server = new S3rver({
  port: 0,
  address: '127.0.0.1',
  silent: true,
  directory,
  configureBuckets: [{ name: BUCKET, configs: [] }],
})
const { port } = await server.run()
t.teardown(() => server.close())

const endpoint = `http://127.0.0.1:${port}`
const access = {
  accessKeyId: 'S3RVER',
  secretAccessKey: 'S3RVER',
  sessionToken: undefined,
  region: 'us-east-1',
  endpoint,
}
const history = await aHistory(t)
await history.stores([...someEvents(daysAgo(2), 200), ...someEvents(daysAgo(1), 200, 2)])
await history.rollsUp()

const store = openStore(`s3://${BUCKET}/a b/history`, access)

t.test('a file is read whole and in parts, replaced and removed', async t => {
  const bytes = randomBytes(20_000_000)
  t.equal(await store.read('large/file+1.bin'), undefined)
  const draft = await store.create('large/file+1.bin')
  for (let from = 0; from < bytes.length; from += 3_000_000) await draft.write(bytes.subarray(from, from + 3_000_000))
  t.equal(await store.read('large/file+1.bin'), undefined, 'nobody sees a draft')
  await draft.commit()
  t.ok((await store.read('large/file+1.bin'))?.equals(bytes), 'uploaded in three parts')
  const part = await store.read('large/file+1.bin', { from: 8_388_000, to: 8_390_000 })
  t.ok(part?.equals(bytes.subarray(8_388_000, 8_390_000)))
  t.equal((await store.read('large/file+1.bin', { from: bytes.length, to: bytes.length + 1 }))?.length, 0)
  await put(store, 'large/file+1.bin', Buffer.from('small'))
  t.equal((await store.read('large/file+1.bin'))?.toString(), 'small')
  const discarded = await store.create('large/file+1.bin')
  await discarded.write(bytes)
  await discarded.discard()
  t.equal((await store.read('large/file+1.bin'))?.toString(), 'small')
  await store.remove('large/file+1.bin')
  await store.remove('large/file+1.bin')
  t.equal(await store.read('large/file+1.bin'), undefined)
})

t.test('an archive on S3 has the same bytes as one in a folder, and is restored from there', async t => {
  const folder = await aFolder(t)
  await history.archives(folder)
  await history.archives(store)
  for (const [path, bytes] of await filesIn(folder)) t.ok((await store.read(path))?.equals(bytes), path)
  const DATABASE = freshDatabase()
  t.teardown(() => history.client.db(DATABASE).dropDatabase())
  const env = {
    MONGODB_URI: serverUri(),
    DATABASE,
    DATA_SECRET: SECRET,
    AWS_ACCESS_KEY_ID: 'S3RVER',
    AWS_SECRET_ACCESS_KEY: 'S3RVER',
    AWS_ENDPOINT_URL_S3: endpoint,
  }
  const words = ['--from', `s3://${BUCKET}/a b/history`]
  const restore = startScript(t, 'scripts/restore.ts', env, { words })
  t.equal(await restore.ended(), 0, restore.output())
  t.equal(await history.client.db(DATABASE).collection('eventsOnce').countDocuments({}), 400)
  const verify = startScript(t, 'scripts/verify.ts', env, { words: ['--archive', words[1] ?? ''] })
  t.equal(await verify.ended(), 0, verify.output())
  t.match(verify.output(), /: 0 differences\n$/)
})

t.test('what S3 refuses is told in one line', async t => {
  const run = async (place: string, more: NodeJS.ProcessEnv = {}) => {
    const env = { MONGODB_URI: serverUri(), DATABASE: history.db.databaseName, DATA_SECRET: SECRET, ...more }
    const command = startScript(t, 'scripts/archive.ts', env, { words: ['--to', place] })
    return { code: await command.ended(), says: command.output() }
  }
  const keys = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER', AWS_ENDPOINT_URL: endpoint }
  t.match(await run('s3://no-such-bucket/x', keys), {
    code: 1,
    says: /S3 answers 404: there is no such bucket or upload\n$/,
  })
  t.match(await run(`s3://${BUCKET}/x`, { ...keys, AWS_ACCESS_KEY_ID: 'nobody' }), {
    code: 1,
    says: /failed with 403: InvalidAccessKeyId.*\n$/,
  })
  t.match(await run(`s3://${BUCKET}/x`), {
    code: 1,
    says: /^S3 requires AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n$/,
  })
})

t.test('an endpoint that cannot be reached is told after some attempts', async t => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port: unused } = closed.address() as AddressInfo
  closed.close()
  const gone = openStore(`s3://${BUCKET}/x`, { ...access, endpoint: `http://127.0.0.1:${unused}` })
  await t.rejects(gone.read('manifest.json'), /s3:\/\/glance-archive\/x.*ECONNREFUSED/)
})
