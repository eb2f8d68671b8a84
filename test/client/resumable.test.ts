import t from 'tap'
import type { Progress } from '../../src/client/index.ts'
import { aBrittleWay } from '../helpers/client/brittle-way.ts'
import { lost } from '../helpers/client/line.ts'
import { aServer } from '../helpers/client/server.ts'
import { noUploadIsLeft } from '../helpers/images/leftovers.ts'
import { noise, sha256 } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t, { STRIP_METADATA: 'none' })
const { db } = world.database
const { key } = await world.hasKey({ app: 'shop', scopes: ['images:write'] })

const methods = (sent: string[]) => sent.map(name => name.split(' ')[0]).join(' ')
const blobOf = (bytes: Buffer) => new Blob([new Uint8Array(bytes)], { type: 'image/png' })

t.test('an upload goes on where the connection broke', async t => {
  const bytes = await noise(1500, 1500, 'png')
  t.ok(bytes.length > 6_000_000)
  let known = 0
  const moreIsStored = () =>
    until('the service has stored more', async () => {
      const { offset } = (await db.collection('resumableUploads').findOne()) ?? { offset: 0 }
      const isMore = offset > known
      known = offset
      return isMore
    })
  const url = await aBrittleWay(t, world.url, [2_000_000, 5_000_000], moreIsStored)
  const { client, line } = aServer(url, key)
  const steps: Progress[] = []
  const told = { title: 'Größe', tags: ['lake', 'dawn'], fileName: 'lake.png' }
  const image = await client.images.upload(blobOf(bytes), { ...told, onProgress: step => steps.push(step) })
  t.match(image, { ...told, sha256: sha256(bytes) })
  t.match(methods(line.sent), /^POST PATCH( HEAD PATCH)+$/)
  const [first, ...others] = line.offsets
  t.equal(first, 0)
  t.ok(others.every(offset => offset > 0))
  t.ok(
    others.some(offset => offset >= known),
    'what was stored before the last break is not sent again',
  )
  t.same(steps.at(-1), { sent: bytes.length, total: bytes.length })
  t.ok(await noUploadIsLeft(db))
})

t.test('an upload whose last answer was lost is complete', async t => {
  const bytes = await noise(1400, 1400, 'png')
  const { client, line } = aServer(world.url, key)
  line.next(/PATCH/, lost)
  t.match(await client.images.upload(blobOf(bytes)), { sha256: sha256(bytes) })
  t.equal(methods(line.sent), 'POST PATCH HEAD PATCH')
})

t.test('an upload is given up when no byte arrives, or when a signal ends it', async t => {
  const bytes = await noise(1300, 1300, 'png')
  const { client, line } = aServer(world.url, key)
  const cut = async () => {
    throw new TypeError('the line is cut')
  }
  line.next(/PATCH/, ...Array(15).fill(cut))
  await t.rejects(client.images.upload(blobOf(bytes)), { name: 'Problem', code: 'no_answer' })

  const stop = new AbortController()
  const onProgress = () => stop.abort(new Error('the wrong one'))
  await t.rejects(client.images.upload(blobOf(bytes), { signal: stop.signal, onProgress }), {
    message: 'the wrong one',
  })
  const unfinished = () => db.collection('resumableUploads').countDocuments({ imageId: { $exists: false } })
  await until('nothing is left of them', async () => (await unfinished()) === 0 && noUploadIsLeft(db))
})

t.test('a file that is too large is refused before it is sent', async t => {
  const { client, line } = aServer(world.url, key)
  await t.rejects(client.images.upload(new Blob([new Uint8Array(60_000_000)])), { status: 413, code: 'file_too_large' })
  t.equal(methods(line.sent), 'POST')
})

t.test('a file that is no image is a problem', async t => {
  const { client } = aServer(world.url, key)
  await t.rejects(client.images.upload(new Blob([new Uint8Array(5_000_000)])), {
    status: 415,
    code: 'unsupported_image',
  })
})

t.test('small files, and those with a tag that has a comma, are sent at once', async t => {
  const { client, line } = aServer(world.url, key)
  await client.images.upload(blobOf(await noise(20, 20, 'png')))
  const { tags } = await client.images.upload(blobOf(await noise(1250, 1250, 'png')), { tags: ['red, green'] })
  t.same(tags, ['red, green'])
  t.same(line.sent, ['POST /v1/images', 'POST /v1/images'])
})
