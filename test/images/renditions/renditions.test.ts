import mongoose from 'mongoose'
import sharp from 'sharp'
import t from 'tap'
import { Decoder } from '../../../src/images/decoding/decoder.ts'
import type { Image } from '../../../src/images/image.ts'
import { Renditions } from '../../../src/images/renditions/renditions.ts'
import { Blobs } from '../../../src/images/storage/blobs.ts'
import { UploadIntents } from '../../../src/images/storage/upload-intents.ts'
import { aWire, commandsOn } from '../../helpers/database/wire.ts'
import { noise, photograph, pixels, sha256 } from '../../helpers/pictures.ts'
import { until } from '../../helpers/until.ts'
import { openWorld } from '../../helpers/world.ts'

const wire = await aWire(t)
const world = await openWorld(t, {
  MONGODB_URI: wire.uri,
  RENDITION_SIZES: '100,50,400',
  STRIP_METADATA: 'none',
})
const { asks, database } = world
const { db } = database
const ann = await world.signsUp('ann')
const DAY = 86_400_000

const renditionsOf = (imageId: string) =>
  db.collection('blobs.files').find({ 'metadata.imageId': imageId, 'metadata.kind': 'rendition' }).toArray()

t.test(
  'with STRIP_METADATA=none the original keeps the location in its metadata, renditions have no metadata',
  async t => {
    const bytes = await photograph(2200, 1700)
    t.ok(bytes.length > 3_000_000 && bytes.includes('GPSLatitude'))
    const { body, status } = await ann.uploads(bytes)
    t.equal(status, 201)
    t.match(body, { width: 1700, height: 2200, orientation: 6, animated: false, camera: 'Glance One' })
    t.equal(body.takenAt, '2026-05-04T08:20:30.000Z', 'by the offset in the file')
    const { file } = body.links
    t.equal(sha256((await asks('GET', file)).bytes), sha256(bytes))
    const range = await asks('GET', file, { headers: { range: 'bytes=1048000-1049000' } })
    t.ok(range.bytes.equals(bytes.subarray(1_048_000, 1_049_001)), 'a range that spans two chunks')
    for (const format of ['webp', 'avif', 'jpeg', 'png']) {
      const rendition = await asks('GET', `${file}?width=80&format=${format}`)
      t.equal(rendition.headers.get('content-type'), `image/${format}`)
      t.match(rendition.headers.get('content-disposition'), `picture.${format}`)
      const { width, height, exif, xmp, orientation } = await sharp(rendition.bytes).metadata()
      t.same(
        { width, height, exif, xmp, orientation },
        { width: 100, height: 129, exif: undefined, xmp: undefined, orientation: undefined },
      )
    }
  },
)

t.test('transparency is kept where the format supports it, and becomes white otherwise', async t => {
  const clear = await sharp({ create: { width: 60, height: 60, channels: 4, background: '#0000' } })
    .png()
    .toBuffer()
  const { file } = (await ann.uploads(clear)).body.links
  const corner = async (bytes: Buffer) => [...(await pixels(bytes)).subarray(0, 4)]
  const png = await asks('GET', `${file}?width=50`)
  t.equal(png.headers.get('content-type'), 'image/png')
  t.equal((await corner(png.bytes))[3], 0)
  const jpeg = await asks('GET', `${file}?width=50&format=jpeg`)
  t.same((await corner(jpeg.bytes)).slice(0, 3), [255, 255, 255])
})

t.test('fifty concurrent requests share one decoding', async t => {
  const { body } = await ann.uploads(await noise(500, 400))
  const url = `${body.links.file}?width=100&height=100&fit=cover&format=webp`
  const opened: unknown[] = []
  wire.onRequest = command => {
    if (command.insert === 'uploads') opened.push(command)
    return 'pass'
  }
  const answers = await Promise.all(Array.from({ length: 50 }, () => asks('GET', url)))
  wire.onRequest = () => 'pass'
  t.same(new Set(answers.map(({ status }) => status)), new Set([200]))
  t.equal(new Set(answers.map(({ bytes }) => sha256(bytes))).size, 1)
  t.equal(opened.length, 1)
  t.equal((await renditionsOf(body.id)).length, 1)
  t.equal(await db.collection('uploads').countDocuments({}), 0)
})

const blobs = new Blobs(db)
const newIntents = () => new UploadIntents(database.client, db, blobs, 600_000)

/** The renditions of another process. */
function otherRenditions(decoder = new Decoder(50_000_000), intents = newIntents()): Renditions {
  return new Renditions({ images: db.collection('images'), blobs, intents, decoder, keep: 30 * DAY })
}
const RENDITION = { width: 50, height: 50, fit: 'cover', format: 'webp' } as const
const ASKER = { client: 'ann' }
const imageOf = async (id: string) => (await db.collection<Image>('images').findOne({ _id: id })) as Image

t.test('two processes can make the same rendition at the same time', async t => {
  const { body } = await ann.uploads(await noise(300, 300))
  const image = await imageOf(body.id)
  const [a, b] = await Promise.all([
    otherRenditions().get(image, RENDITION, ASKER),
    otherRenditions().get(image, RENDITION, ASKER),
  ])
  t.equal(a.metadata.sha256, b.metadata.sha256)
  const { bytes } = await asks('GET', `${body.links.file}?width=50&height=50&fit=cover&format=webp`)
  t.equal(sha256(bytes), a.metadata.sha256)
})

t.test('a rendition notes its use once a day, and is swept when it is no longer used', async t => {
  const { body } = await ann.uploads(await noise(200, 150))
  const url = `${body.links.file}?width=50&format=jpeg`
  const first = await asks('GET', url)
  t.same(await commandsOn(wire, 'blobs.files', () => asks('GET', url)), ['find'], 'reading does not write')
  await db
    .collection('blobs.files')
    .updateOne(
      { 'metadata.imageId': body.id, 'metadata.kind': 'rendition' },
      { $set: { 'metadata.usedOn': '2026-01-01' } },
    )
  t.same(await commandsOn(wire, 'blobs.files', () => asks('GET', url)), ['find', 'update'])
  const renditions = otherRenditions()
  await renditions.sweep()
  const [kept] = await renditionsOf(body.id)
  t.ok(kept, 'one that was used today stays')
  t.ok((await renditions.sweep(Date.now() + 32 * DAY)) > 0)
  t.equal((await renditionsOf(body.id)).length, 0)
  t.equal(await db.collection('blobs.chunks').countDocuments({ files_id: kept?._id as never }), 0)
  t.equal(await db.collection('uploads').countDocuments({}), 0)
  const again = await asks('GET', url)
  t.ok(again.bytes.equals(first.bytes), 'the next request makes it again')
})

/** Makes a rendition whose last use is long ago. @returns its URL and the filter of its blob */
async function oldRendition(width: number) {
  const { body } = await ann.uploads(await noise(width, 150))
  const url = `${body.links.file}?width=50&format=jpeg`
  await asks('GET', url)
  const [{ _id } = { _id: undefined }] = await renditionsOf(body.id)
  const blob = { _id: String(_id) }
  await blobs.files.updateOne(blob, { $set: { 'metadata.usedOn': '2026-01-01' } })
  return { url, blob }
}

t.test('a rendition that is used between being found old and being discarded is kept', async t => {
  const { url, blob } = await oldRendition(230)
  class Slow extends UploadIntents {
    override async discard(...found: Parameters<UploadIntents['discard']>) {
      await asks('GET', url)
      return super.discard(...found)
    }
  }
  const intents = new Slow(database.client, db, blobs, 600_000)
  t.equal(await otherRenditions(undefined, intents).sweep(), 0)
  t.ok(await blobs.files.findOne(blob))
  t.equal(await db.collection('uploads').countDocuments({}), 0)
  t.equal((await asks('GET', url)).status, 200)
})

t.test('a discard that is killed at any write leaves the rendition readable or made again', async t => {
  const dying = await aWire(t)
  let kills = 0
  for (let step = 0, finished = false; !finished; step++) {
    const { url, blob } = await oldRendition(240 + step)
    dying.onRequest = () => 'pass'
    const client = await mongoose.mongo.MongoClient.connect(dying.uri)
    const theirs = client.db(db.databaseName)
    const intents = new UploadIntents(client, theirs, new Blobs(theirs), 600_000)
    let [writes, dead] = [0, false]
    dying.onRequest = command => {
      const isWrite = /^(insert|update|delete|commitTransaction)$/.test(Object.keys(command)[0] ?? '')
      if (isWrite && writes++ === step) {
        dead = true
        void client.close()
      }
      return dead ? 'cut' : 'pass'
    }
    await intents.discard(blob._id, {}).catch(() => undefined)
    await client.close()
    if (dead) kills++
    else finished = true
    t.equal((await asks('GET', url)).status, 200, `step ${step}`)
    await newIntents().sweep(Date.now() + 21 * 60_000)
    const files = await db.collection('blobs.files').distinct('_id')
    t.equal(await db.collection('blobs.chunks').countDocuments({ files_id: { $nin: files } }), 0, `step ${step}`)
  }
  t.ok(kills >= 4, `${kills} kills`)
})

t.test('no rendition is stored of an image that is deleted meanwhile', async t => {
  const { body } = await ann.uploads(await noise(210, 150))
  const image = await imageOf(body.id)
  class Slow extends Decoder {
    override async schedule<Result>(...[work, waiting]: Parameters<typeof Decoder.prototype.schedule<Result>>) {
      await ann.removes(body.id)
      return super.schedule(work, waiting)
    }
  }
  await t.rejects(otherRenditions(new Slow(50_000_000)).get(image, RENDITION, ASKER), { code: 'not_found' })
  class Late extends Decoder {
    override open(path: string) {
      removed = ann.removes(second.body.id)
      return super.open(path)
    }
  }
  let removed: Promise<unknown> | undefined
  const second = await ann.uploads(await noise(220, 150))
  const late = otherRenditions(new Late(50_000_000)).get(await imageOf(second.body.id), RENDITION, ASKER)
  await late.catch(() => undefined)
  await removed
  await until('neither image has a blob', async () => {
    const ids = [body.id, second.body.id]
    return (await db.collection('blobs.files').countDocuments({ 'metadata.imageId': { $in: ids } })) === 0
  })
  t.equal(await db.collection('uploads').countDocuments({}), 0)
})

t.test('a rendition that runs out of time is answered like an upload in the same case', async t => {
  const { body } = await ann.uploads(await noise(205, 150))
  class Overloaded extends Decoder {
    override open(): never {
      throw new Error('timeout: 3% complete')
    }
  }
  const renditions = otherRenditions(new Overloaded(50_000_000))
  await t.rejects(renditions.get(await imageOf(body.id), RENDITION, ASKER), {
    code: 'unavailable',
    headers: { 'retry-after': '30' },
  })
  t.equal(await db.collection('uploads').countDocuments({}), 0)
})
