import t from 'tap'
import { Blobs } from '../../../../src/images/storage/blobs.ts'
import { MAX_UNFINISHED, ResumableUploads } from '../../../../src/images/upload/resumable/resumable-uploads.ts'
import { noUploadIsLeft } from '../../../helpers/images/leftovers.ts'
import { addressOf, halfAnUpload, offsetOf, tusClient } from '../../../helpers/images/tus.ts'
import { noise, sha256 } from '../../../helpers/pictures.ts'
import { until } from '../../../helpers/until.ts'
import { openWorld } from '../../../helpers/world.ts'

const DAY = 24 * 60 * 60_000
const world = await openWorld(t, { MAX_IMAGE_PIXELS: '1000000', QUOTA_BYTES: '4000000' })
const { asks, database } = world
const { client, db } = database
const [ann, bob] = [await world.signsUp('ann'), await world.signsUp('bob')]
const tus = tusClient(world, ann)
const uploads = () => db.collection<{ _id: string; createdAt: Date }>('resumableUploads')
const idOf = (upload: string) => upload.split('/').at(-1) ?? ''
const sweep = () => new ResumableUploads(client, db, new Blobs(db)).sweep()

t.test('an upload is there for its owner only, and for keys of the owner that may upload', async t => {
  const bytes = await noise(60, 50)
  const upload = await halfAnUpload(t, tus, bytes, 100)
  const stranger = tusClient(world, bob)
  t.equal((await stranger.looksAt(upload)).status, 404)
  t.equal((await stranger.appends(upload, 100, bytes.subarray(100))).body.code, 'not_found')
  t.equal((await stranger.givesUp(upload)).body.code, 'not_found')
  const { key } = await world.hasKey({ app: 'camera', scopes: ['images:write'], ownerId: ann.id })
  const { body } = await tusClient(world, { key }).appends(upload, 100, bytes.subarray(100))
  t.match(body, { ownerId: ann.id })
})

t.test('an upload that is given up leaves nothing', async t => {
  const upload = await halfAnUpload(t, tus, await noise(61, 50), 100)
  t.equal((await tus.givesUp(upload)).status, 204)
  t.equal((await tus.looksAt(upload)).status, 404)
  t.equal((await tus.appends(upload, 100, Buffer.from('x'))).status, 404)
  t.ok(await noUploadIsLeft(db))
})

t.test('uploads expire after a day, and are swept with their bytes', async t => {
  const bytes = await noise(62, 50)
  const young = await halfAnUpload(t, tus, bytes, 50)
  const old = await halfAnUpload(t, tus, bytes, 100)
  await uploads().updateOne({ _id: idOf(old) }, { $set: { createdAt: new Date(Date.now() - DAY) } })
  t.equal((await tus.looksAt(old)).status, 404)
  t.equal((await tus.appends(old, 100, bytes.subarray(100))).status, 404)
  await until('it is swept', async () => {
    await sweep()
    return (await uploads().countDocuments({ _id: idOf(old) })) === 0
  })
  t.equal(await db.collection('blobs.chunks').countDocuments({ files_id: idOf(old) as never }), 0)
  t.equal((await tus.appends(young, 50, bytes.subarray(50))).body.sha256, sha256(bytes))
})

t.test('a file that is refused ends the upload with the code that a form gets', async t => {
  const files: [what: string, bytes: Buffer, fields: Record<string, string>, code: string][] = [
    ['no image', Buffer.from('hello, this is no picture'), {}, 'unsupported_image'],
    ['a damaged image', (await noise(64, 50)).subarray(0, 300), {}, 'corrupt_image'],
    ['too many pixels', await noise(1_010, 1_000, 'webp'), {}, 'image_too_large'],
    ['another SHA-256', await noise(65, 50), { sha256: '0'.repeat(64) }, 'sha256_mismatch'],
  ]
  for (const [what, bytes, fields, code] of files) {
    const upload = addressOf(await tus.begins(bytes.length, fields))
    const { status, body } = await tus.appends(upload, 0, bytes)
    const multipart = await ann.uploads(bytes, fields)
    t.match({ status, code: body.code }, { status: multipart.status, code }, what)
    t.equal(body.code, multipart.body.code, what)
    t.equal((await tus.looksAt(upload)).status, 404)
  }
  t.ok(await noUploadIsLeft(db))
})

t.test('the quota is checked when an upload begins, and when it ends', async t => {
  t.equal((await tus.begins(4_000_001)).body.code, 'quota_exceeded')
  const bytes = await noise(700, 700)
  const [one, two] = await Promise.all([tus.begins(3_999_999), tus.begins(bytes.length)])
  t.same([one.status, two.status], [403, 201], 'the images of ann count')
  const cleo = await world.signsUp('cleo')
  const hers = tusClient(world, cleo)
  const late = addressOf(await hers.begins(3_900_000))
  t.equal(idOf(late).length > 0, true)
  const small = await noise(66, 50)
  await uploads().updateOne({ _id: idOf(late) }, { $set: { length: small.length } as object })
  await db
    .collection('images')
    .insertOne({ _id: 'large' as never, ownerId: cleo.id, uploadedSha256: 'x', bytes: 3_999_999 })
  t.equal((await hers.appends(late, 0, small)).body.code, 'quota_exceeded')
  await db.collection('images').deleteOne({ _id: 'large' as never })
  t.equal((await tus.givesUp(addressOf(two))).status, 204)
  t.ok(await noUploadIsLeft(db))
})

t.test('an account may have a limited number of unfinished uploads', async t => {
  const dora = tusClient(world, await world.signsUp('dora'))
  const begun = await Promise.all(Array.from({ length: MAX_UNFINISHED - 1 }, () => dora.begins(10)))
  t.ok(begun.every(({ status }) => status === 201))
  const last = await Promise.all(Array.from({ length: 5 }, () => dora.begins(10)))
  t.ok(last.filter(({ status }) => status === 201).length <= 1, 'of several at once')
  t.match(
    last.find(({ status }) => status !== 201),
    { status: 429, body: { code: 'too_many_uploads' } },
  )
  for (const answer of begun) await dora.givesUp(addressOf(answer))
  t.equal((await dora.begins(10)).status, 201)
})

t.test('an upload whose image was left out when the last byte arrived is completed later, once', async t => {
  const bytes = await noise(67, 50)
  const upload = await halfAnUpload(t, tus, bytes, 100)
  const chunks = db.collection<{ files_id: string; data: Buffer }>('blobs.chunks')
  // What a process leaves that is killed between the last byte and the image.
  await chunks.updateOne({ files_id: idOf(upload) }, { $set: { data: bytes } })
  await uploads().updateOne({ _id: idOf(upload) }, { $set: { offset: bytes.length } as object })
  const answers = await Promise.all([
    tus.looksAt(upload),
    tus.looksAt(upload),
    tus.appends(upload, bytes.length, Buffer.alloc(0)),
  ])
  t.equal(new Set(answers.map(({ headers }) => headers.get('upload-image'))).size, 1)
  t.equal(offsetOf(answers[0] as never), bytes.length)
  t.equal(await db.collection('images').countDocuments({ uploadedSha256: sha256(bytes) }), 1)
  t.ok(await noUploadIsLeft(db))

  // What one leaves that is killed between the image and its note.
  await uploads().updateOne({ _id: idOf(upload) }, { $unset: { imageId: '' } })
  await chunks.insertOne({ files_id: idOf(upload), n: 0, data: bytes } as never)
  const again = await tus.looksAt(upload)
  t.equal(again.headers.get('upload-image'), answers[0]?.headers.get('upload-image'))
  t.ok(await noUploadIsLeft(db))
  await asks('DELETE', again.headers.get('upload-image') ?? '', ann)
  t.equal((await tus.appends(upload, bytes.length, Buffer.alloc(0))).status, 404, 'the image was deleted')
})
