import t from 'tap'
import { noise } from '../../helpers/pictures.ts'
import { openWorld } from '../../helpers/world.ts'

/** Different pictures. */
const pictures = (count: number) => Promise.all(Array.from({ length: count }, (_, i) => noise(30 + i, 30)))

t.test('of concurrent uploads exactly as many succeed as the quota of images allows', async t => {
  const world = await openWorld(t, { QUOTA_IMAGES: '3' })
  const ann = await world.signsUp('ann')
  const files = await pictures(9)
  const answers = await Promise.all(files.map(file => ann.uploads(file)))
  const stored = answers.flatMap(({ status }, i) => (status === 201 ? [i] : []))
  t.equal(stored.length, 3)
  const refused = answers.filter(({ status }) => status !== 201)
  t.same(new Set(refused.map(({ status, body }) => `${status} ${body.code}`)), new Set(['403 quota_exceeded']))
  const { db } = world.database
  t.equal(await db.collection('images').countDocuments(), 3)
  t.equal(await db.collection('blobs.files').countDocuments(), 3, 'nothing is left of the others')
  t.equal(await db.collection('uploads').countDocuments(), 0)

  const [first = 0] = stored
  t.equal((await ann.uploads(files[first] ?? Buffer.alloc(0))).status, 200, 'a repeated upload needs no room')
  t.equal((await ann.removes(answers[first]?.body.id)).status, 204)
  const { key } = await world.hasKey({ app: 'shop', scopes: ['images:write'], ownerId: ann.id })
  const upload = (file: Uint8Array) => {
    const body = new FormData()
    body.append('file', new Blob([new Uint8Array(file)]), 'picture.bin')
    return world.asks('POST', '/v1/images', { key, body })
  }
  const [one, two] = await pictures(2).then(() => Promise.all([noise(61, 30), noise(62, 30)]))
  t.equal(
    (await upload(one ?? Buffer.alloc(0))).status,
    201,
    'a deletion makes room; a key uploads into the quota of its owner',
  )
  t.equal((await upload(two ?? Buffer.alloc(0))).body.code, 'quota_exceeded')
  const bob = await world.signsUp('bob')
  t.equal((await bob.uploads(files[0] ?? Buffer.alloc(0))).status, 201, 'each account has its own')
})

t.test('the bytes of concurrent uploads stay within the quota', async t => {
  const files = await pictures(6)
  const sizes = files.map(({ length }) => length)
  const quota = Math.max(...sizes) * 2
  const world = await openWorld(t, { QUOTA_BYTES: String(quota) })
  const ann = await world.signsUp('ann')
  const answers = await Promise.all(files.map(file => ann.uploads(file)))
  const stored = answers.filter(({ status }) => status === 201)
  t.ok(stored.length >= 2)
  t.ok(stored.reduce((sum, { body }) => sum + body.bytes, 0) <= quota)
  t.ok(answers.every(({ status, body }) => status === 201 || body.code === 'quota_exceeded'))
})
