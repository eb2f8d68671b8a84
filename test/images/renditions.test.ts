import { type FileHandle, writeFile } from 'node:fs/promises'
import { connect as dial } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import mongoose from 'mongoose'
import sharp from 'sharp'
import t from 'tap'
import { Decoder } from '../../src/images/decoder.ts'
import { type Image, images } from '../../src/images/image.ts'
import { Directories } from '../../src/images/metadata/directories.ts'
import { gifEdits } from '../../src/images/metadata/gif.ts'
import { stripped } from '../../src/images/metadata/strip.ts'
import { strippedExif } from '../../src/images/metadata/tiff.ts'
import { Window } from '../../src/images/metadata/window.ts'
import { renditionOf } from '../../src/images/renditions/rendition.ts'
import { Renditions } from '../../src/images/renditions/renditions.ts'
import { Blobs } from '../../src/images/storage/blobs.ts'
import { UploadIntents } from '../../src/images/storage/upload-intents.ts'
import { cameraDataOf } from '../../src/images/upload/exif.ts'
import { upload } from '../../src/images/upload/upload.ts'
import { withTemporaryFolder } from '../../src/lib/temporary-folder.ts'
import { gifBody, noise, photograph, pixels, sha256 } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { aWire } from '../helpers/wire.ts'
import { openWorld } from '../helpers/world.ts'

const wire = await aWire(t)
const world = await openWorld(t, {
  MONGODB_URI: wire.uri,
  RENDITION_SIZES: '100,50,400',
  CORS_ORIGINS: 'https://app.example',
})
const { asks, database } = world
const { db } = database
const ann = await world.signsUp('ann')
const DAY = 86_400_000

/** The commands on a collection that are sent while something is done. */
async function commandsOn(collection: string, work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = []
  wire.onRequest = command => {
    const [name = '', target] = Object.entries(command)[0] ?? []
    if (target === collection || command.collection === collection) seen.push(name)
    return 'pass'
  }
  await work()
  wire.onRequest = () => 'pass'
  return seen
}

const renditionsOf = (imageId: string) =>
  db.collection('blobs.files').find({ 'metadata.imageId': imageId, 'metadata.kind': 'rendition' }).toArray()

t.test('a photograph of several MB with its place in it: the original is as it came, no rendition tells', async t => {
  const bytes = await photograph(2200, 1700)
  t.ok(bytes.length > 3_000_000 && bytes.includes('GPSLatitude'))
  const { body, status } = await ann.uploads(bytes)
  t.equal(status, 201)
  t.match(body, { width: 1700, height: 2200, orientation: 6, animated: false, camera: 'Glance One' })
  t.equal(body.takenAt, '2026-05-04T08:20:30.000Z', 'by the offset that the file names')
  const { file } = body.links
  t.equal(sha256((await asks('GET', file)).bytes), sha256(bytes))
  const range = await asks('GET', file, { headers: { range: 'bytes=1048000-1049000' } })
  t.ok(range.bytes.equals(bytes.subarray(1_048_000, 1_049_001)), 'a range that goes over from one chunk to the next')
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
})

t.test('sizes snap up to the ladder, nothing gets larger, and what comes to the same pixels is the same', t => {
  const image = { width: 1000, height: 500, hasAlpha: false }
  const cases: [Parameters<typeof renditionOf>[0], string][] = [
    [{ width: 60 }, 'inside 100x50'],
    [{ width: 100, height: 400 }, 'inside 100x50'],
    [{ height: 50 }, 'inside 100x50'],
    [{ width: 100, fit: 'cover' }, 'inside 100x50'],
    [{ width: 99_999 }, 'inside 400x200'],
    [{}, 'inside 400x200'],
    [{ width: 30, height: 70, fit: 'cover' }, 'cover 50x100'],
    [{ width: 500, height: 500, fit: 'cover' }, 'cover 400x400'],
  ]
  for (const [query, expected] of cases) {
    const { fit, width, height } = renditionOf(query, undefined, image, [50, 100, 400])
    t.equal(`${fit} ${width}x${height}`, expected, JSON.stringify(query))
  }
  const tall = renditionOf({ width: 100 }, undefined, { width: 70, height: 49_000, hasAlpha: false }, [50, 100, 400])
  t.match(tall, { width: 1, height: 400 })
  t.end()
})

t.test('Accept decides where no format is asked for', t => {
  const cases: [string | undefined, boolean, string][] = [
    ['image/avif,image/webp,image/*,*/*;q=0.8', false, 'webp'],
    ['image/avif, image/*;q=0.5', false, 'avif'],
    ['image/webp;q=0.3, image/avif;q=0.9', false, 'avif'],
    ['image/webp;q=0, */*', false, 'jpeg'],
    ['*/*', true, 'png'],
    [undefined, false, 'jpeg'],
    ['nonsense;;q=,', false, 'jpeg'],
  ]
  for (const [accept, hasAlpha, format] of cases) {
    t.equal(renditionOf({}, accept, { width: 9, height: 9, hasAlpha }, [50]).format, format, String(accept))
  }
  t.end()
})

t.test('caches are told what an answer depends on', async t => {
  const { body } = await ann.uploads(await noise(120, 90))
  const { file } = body.links
  const chosen = await asks('GET', `${file}?width=50`, { headers: { accept: 'image/webp' } })
  t.equal(chosen.headers.get('content-type'), 'image/webp')
  t.equal(chosen.headers.get('vary'), 'Origin, Accept')
  const asked = await asks('GET', `${file}?width=50&format=webp`)
  t.equal(asked.headers.get('vary'), 'Origin')
  t.equal(asked.headers.get('etag'), chosen.headers.get('etag'), 'it is the same one')
  t.equal(asked.headers.get('etag'), `"${sha256(asked.bytes)}"`)
  const part = await asks('GET', `${file}?width=50&format=webp`, { headers: { range: 'bytes=2-5' } })
  t.ok(part.bytes.equals(asked.bytes.subarray(2, 6)))
  const head = await asks('HEAD', `${file}?width=50&format=webp`)
  t.equal(head.headers.get('content-length'), String(asked.bytes.length))
  for (const bad of [
    'width=0',
    'width=1.5',
    'width=-1',
    'height=1e3',
    'fit=fill',
    'format=svg',
    'size=3',
    'width=50&width=60',
  ]) {
    t.equal((await asks('GET', `${file}?${bad}`)).body.code, 'invalid_request', bad)
  }
})

t.test('what is transparent stays so where it can, and is white where it can not', async t => {
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

t.test('fifty who ask at once are answered from one decoding', async t => {
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
const someIntents = () => new UploadIntents(database.client, db, blobs, 600_000)

/** Renditions as another process would have them. */
function otherRenditions(decoder = new Decoder(50_000_000), intents = someIntents()): Renditions {
  return new Renditions({ images: db.collection('images'), blobs, intents, decoder, keep: 30 * DAY })
}
const RENDITION = { width: 50, height: 50, fit: 'cover', format: 'webp' } as const
const imageOf = async (id: string) => (await db.collection<Image>('images').findOne({ _id: id })) as Image

t.test('two processes that make the same one do no harm', async t => {
  const { body } = await ann.uploads(await noise(300, 300))
  const image = await imageOf(body.id)
  const [a, b] = await Promise.all([otherRenditions().get(image, RENDITION), otherRenditions().get(image, RENDITION)])
  t.equal(a.metadata.sha256, b.metadata.sha256)
  const { bytes } = await asks('GET', `${body.links.file}?width=50&height=50&fit=cover&format=webp`)
  t.equal(sha256(bytes), a.metadata.sha256)
})

t.test('a rendition is kept by its last use: a stamp a day, and swept when nobody asks', async t => {
  const { body } = await ann.uploads(await noise(200, 150))
  const url = `${body.links.file}?width=50&format=jpeg`
  const first = await asks('GET', url)
  t.same(await commandsOn('blobs.files', () => asks('GET', url)), ['find'], 'no write a read')
  await db
    .collection('blobs.files')
    .updateOne(
      { 'metadata.imageId': body.id, 'metadata.kind': 'rendition' },
      { $set: { 'metadata.usedOn': '2026-01-01' } },
    )
  t.same(await commandsOn('blobs.files', () => asks('GET', url)), ['find', 'update'])
  const renditions = otherRenditions()
  await renditions.sweep()
  const [kept] = await renditionsOf(body.id)
  t.ok(kept, 'one that was asked for today stays')
  t.ok((await renditions.sweep(Date.now() + 32 * DAY)) > 0)
  t.equal((await renditionsOf(body.id)).length, 0)
  t.equal(await db.collection('blobs.chunks').countDocuments({ files_id: kept?._id as never }), 0)
  t.equal(await db.collection('uploads').countDocuments({}), 0)
  const again = await asks('GET', url)
  t.ok(again.bytes.equals(first.bytes), 'it is made again when it is asked for again')
})

/** A rendition that nobody has asked for since the new year, its blob and how to ask for it. */
async function oldRendition(width: number) {
  const { body } = await ann.uploads(await noise(width, 150))
  const url = `${body.links.file}?width=50&format=jpeg`
  await asks('GET', url)
  const [{ _id } = { _id: undefined }] = await renditionsOf(body.id)
  const blob = { _id: String(_id) }
  await blobs.files.updateOne(blob, { $set: { 'metadata.usedOn': '2026-01-01' } })
  return { url, blob }
}

t.test('a rendition that is asked for between being found old and being discarded is kept', async t => {
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

t.test('a discarding that is killed at any step leaves a rendition that is there, or made anew', async t => {
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
    await someIntents().sweep(Date.now() + 21 * 60_000)
    const files = await db.collection('blobs.files').distinct('_id')
    t.equal(await db.collection('blobs.chunks').countDocuments({ files_id: { $nin: files } }), 0, `step ${step}`)
  }
  t.ok(kills >= 4, `${kills} kills`)
})

t.test('a file whose image goes while it is being opened is not found, and no cache is told to keep that', async t => {
  const gone = async (query: string) => {
    const { body } = await ann.uploads(await noise(250 + query.length, 150))
    const url = body.links.file + query
    await asks('GET', url)
    wire.onReply = async command => {
      if (command.find !== (query ? 'blobs.files' : 'images')) return 'pass'
      wire.onReply = () => 'pass'
      await ann.removes(body.id)
      return 'pass'
    }
    return asks('GET', url)
  }
  for (const query of ['', '?width=50&format=webp']) {
    const { status, headers, body } = await gone(query)
    t.equal(status, 404, query)
    t.equal(body.code, 'not_found')
    t.equal(headers.get('cache-control'), 'no-store')
    for (const name of ['etag', 'last-modified', 'accept-ranges', 'content-disposition'])
      t.equal(headers.get(name), null, name)
  }
})

t.test('of an image that goes meanwhile no rendition comes to stand', async t => {
  const { body } = await ann.uploads(await noise(210, 150))
  const image = await imageOf(body.id)
  class Slow extends Decoder {
    override async schedule<Result>(work: () => Promise<Result>) {
      await ann.removes(body.id)
      return super.schedule(work)
    }
  }
  await t.rejects(otherRenditions(new Slow(50_000_000)).get(image, RENDITION), { code: 'not_found' })
  class Late extends Decoder {
    override open(path: string) {
      removed = ann.removes(second.body.id)
      return super.open(path)
    }
  }
  let removed: Promise<unknown> | undefined
  const second = await ann.uploads(await noise(220, 150))
  const late = otherRenditions(new Late(50_000_000)).get(await imageOf(second.body.id), RENDITION)
  await late.catch(() => undefined)
  await removed
  await until('nothing is left of either', async () => {
    const ids = [body.id, second.body.id]
    return (await db.collection('blobs.files').countDocuments({ 'metadata.imageId': { $in: ids } })) === 0
  })
  t.equal(await db.collection('uploads').countDocuments({}), 0)
})

t.test('when too many images are being decoded the next is told to come again', async t => {
  const decoder = new Decoder(1_000_000, 1, 1)
  let finish: (() => void) | undefined
  const first = decoder.schedule(() => new Promise<void>(resolve => (finish = resolve)))
  const second = decoder.schedule(async () => 'done')
  await t.rejects(
    decoder.schedule(async () => undefined),
    { code: 'unavailable', headers: { 'retry-after': '2' } },
  )
  finish?.()
  await first
  t.equal(await second, 'done')
  t.equal(await decoder.schedule(async () => 'again'), 'again')
})

t.test('who has it already costs no chunk', async t => {
  const { body } = await ann.uploads(await noise(80, 80))
  const { file } = body.links
  const hits = [
    { 'if-none-match': `"${body.sha256}"` },
    { 'if-none-match': '*' },
    { 'if-modified-since': new Date(Date.now() + 60_000).toUTCString() },
  ]
  for (const headers of hits) {
    const touched = await commandsOn('blobs.chunks', async () =>
      t.equal((await asks('GET', file, { headers })).status, 304),
    )
    t.same(touched, [], JSON.stringify(headers))
  }
  t.same(await commandsOn('blobs.chunks', () => asks('HEAD', file)), [])
  const since = { 'if-modified-since': new Date(Date.parse(body.uploadedAt) - 60_000).toUTCString() }
  t.equal((await asks('GET', file, { headers: since })).status, 200)
  const both = { 'if-none-match': '"other"', 'if-modified-since': new Date().toUTCString() }
  t.equal((await asks('GET', file, { headers: both })).status, 200, 'the tag decides alone')
  const ranged = async (condition: string) =>
    (await asks('GET', file, { headers: { range: 'bytes=0-1', 'if-range': condition } })).status
  const modified = (await asks('HEAD', file)).headers.get('last-modified') ?? ''
  t.equal(await ranged(modified), 206)
  t.equal(await ranged(new Date(0).toUTCString()), 200)
  t.equal(await ranged(`W/"${body.sha256}"`), 200, 'a weak tag names no bytes')
  t.equal((await asks('HEAD', file, { headers: { range: 'bytes=0-1' } })).status, 200, 'ranges are for GET')
})

t.test('who hangs up stops the reading', async t => {
  const { body } = await ann.uploads(await noise(2400, 2200, 'png'))
  const chunks = Math.ceil(body.bytes / 1_048_576)
  t.ok(chunks > 14, `${chunks} chunks`)
  const { hostname, port } = new URL(world.url)
  const seen: string[] = []
  const killed = new Promise<void>(resolve => {
    wire.onRequest = command => {
      const isRead = command.find === 'blobs.chunks' || command.collection === 'blobs.chunks'
      if (isRead) seen.push(Object.keys(command)[0] ?? '')
      if ('killCursors' in command) resolve()
      return 'pass'
    }
  })
  const socket = dial(Number(port), hostname)
  socket.write(`GET ${body.links.file} HTTP/1.1\r\nhost: x\r\n\r\n`)
  await new Promise(resolve => socket.once('data', resolve))
  socket.pause().destroy()
  await killed
  wire.onRequest = () => 'pass'
  t.ok(seen.length < chunks / 4, `the database was asked ${seen.length} times`)
})

t.test('a file name breaks no header', async t => {
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(await noise(31, 30))]), 'Grüße "an";\\alle (1)\u{1f600}.jpg')
  const { body } = await asks('POST', '/v1/images', { token: ann.token, body: form })
  const { headers } = await asks('GET', body.links.file)
  const disposition = headers.get('content-disposition') ?? ''
  const [, plain = '', encoded = ''] =
    /^inline; filename="([^"\\]*)"; filename\*=UTF-8''([\w.%~!$&+^`|-]+)$/.exec(disposition) ?? []
  t.ok(plain.endsWith('.jpg'), disposition)
  t.equal(decodeURIComponent(encoded), body.fileName)
})

const EXIF_NAME = 'Exif\0\0'

/** An EXIF block of so many entries whose values are all of the block, over and over. */
function crowdedExif(entries: number, tag: number): Buffer {
  const block = Buffer.alloc(60_000)
  block.write('II*\0\u0008', 'latin1')
  block.writeUInt16LE(entries, 8)
  for (let i = 0; i < entries; i++) {
    const at = 10 + i * 12
    block.writeUInt16LE(tag, at)
    block.writeUInt16LE(3, at + 2)
    block.writeUInt32LE(29_000, at + 4)
    block.writeUInt32LE(8, at + 8)
  }
  return block
}

/** How many numbers are read from buffers while something is done. */
function numbersRead(work: () => unknown): number {
  const { readUInt16LE, readUInt32LE } = Buffer.prototype
  let count = 0
  Buffer.prototype.readUInt16LE = function (at = 0) {
    count++
    return readUInt16LE.call(this, at)
  }
  Buffer.prototype.readUInt32LE = function (at = 0) {
    count++
    return readUInt32LE.call(this, at)
  }
  try {
    work()
  } finally {
    Object.assign(Buffer.prototype, { readUInt16LE, readUInt32LE })
  }
  return count
}

t.test('of an EXIF block only what is of interest is read, however much its entries claim to hold', async t => {
  const block = crowdedExif(800, 0x9999)
  const read = numbersRead(() => t.same(cameraDataOf(Buffer.concat([Buffer.from(EXIF_NAME), block])), {}))
  t.ok(read < 10_000, `${read} numbers were read`)
  t.same(cameraDataOf(crowdedExif(4_000, 0x9999)), {}, 'one with more entries than any says nothing')
  const head = Buffer.from([0xff, 0xe1, 0, 0])
  head.writeUInt16BE(block.length + 8, 2)
  const picture = await noise(32, 24)
  const crowded = Buffer.concat([picture.subarray(0, 2), head, Buffer.from(EXIF_NAME), block, picture.subarray(2)])
  t.equal((await ann.uploads(crowded)).status, 201, 'the picture is fine all the same')
  const noted = crowdedExif(800, 0x927c)
  t.ok(
    strippedExif(noted, 'gps').equals(Buffer.alloc(noted.length)),
    'what blanks the same bytes again is not followed',
  )
})

/** An image file without what is said of it. */
function strip(bytes: Buffer, mode: 'gps' | 'all'): Promise<Buffer> {
  return withTemporaryFolder(async folder => {
    const path = join(folder, 'picture')
    await writeFile(path, bytes)
    const parts: Buffer[] = []
    for await (const part of stripped(path, mode)) parts.push(part)
    return Buffer.concat(parts)
  })
}

t.test('places or everything can be taken out of originals, without coding the picture anew', async t => {
  for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
    const bytes = await photograph(64, 40, format)
    for (const mode of ['gps', 'all'] as const) {
      const name = `${format}, ${mode}`
      const left = await strip(bytes, mode)
      const { exif, autoOrient } = await sharp(left).metadata()
      t.notOk(left.includes('GPSLatitude'), `${name}: no XMP`)
      t.same(autoOrient, { width: 40, height: 64 }, `${name}: which way is up stays`)
      t.ok((await pixels(left)).equals(await pixels(bytes)), `${name}: the same pixels`)
      if (mode === 'gps') {
        const directories = new Directories((exif as Buffer).subarray(exif?.indexOf('II*')))
        t.equal(directories.find(directories.first, 0x8825), undefined, `${name}: no place`)
        t.match(cameraDataOf(exif), { camera: 'Glance One', takenAt: new Date('2026-05-04T08:20:30Z') }, name)
        t.ok(exif?.includes('Ann'), name)
        t.notOk(left.includes('only we can read it'), `${name}: nor what the maker noted`)
      } else t.notOk(left.includes('Glance'), name)
    }
  }
  const polyglot = Buffer.concat([await photograph(64, 40), Buffer.from('PK\u0003\u0004 another file')])
  t.notOk((await strip(polyglot, 'gps')).includes('another file'), 'what stands after the end goes')
  const gif = await noise(20, 20, 'gif')
  const at = gifBody(gif)
  const xmp = Buffer.concat([
    Buffer.from([0x21, 0xff, 11]),
    Buffer.from('XMP DataXMP'),
    Buffer.from([5]),
    Buffer.from('47.36'),
    Buffer.from([0]),
  ])
  const withXmp = Buffer.concat([gif.subarray(0, at), xmp, gif.subarray(at)])
  t.ok((await strip(withXmp, 'gps')).equals(gif))
})

t.test('a JPEG keeps no segment that only calls itself one the picture needs', async t => {
  const jpeg = await noise(32, 24)
  const segment = (marker: number, text: string) => {
    const bytes = Buffer.from(`\u00ff.  ${text}`, 'latin1')
    bytes.writeUInt8(marker, 1)
    bytes.writeUInt16BE(bytes.length - 2, 2)
    return bytes
  }
  const talking = Buffer.concat([
    jpeg.subarray(0, 2),
    segment(0xed, 'Photoshop 3.0\0 City: secret'),
    segment(0xe0, 'GPS0 secret'),
    segment(0xee, 'GPS1 secret'),
    segment(0xe2, 'GPS2 secret'),
    segment(0xe0, 'JFIF\0 the density'),
    segment(0xee, 'Adobe\0 the colours'),
    jpeg.subarray(2),
  ])
  for (const mode of ['gps', 'all'] as const) {
    const left = await strip(talking, mode)
    t.notOk(left.includes('secret'), mode)
    t.ok(left.includes('the density') && left.includes('the colours'), mode)
  }
})

const box = (type: string, ...content: (Buffer | string)[]) => {
  const bytes = Buffer.concat([Buffer.from(`size${type}`), ...content.map(part => Buffer.from(part as string))])
  bytes.writeUInt32BE(bytes.length)
  return bytes
}

/** Numbers of two bytes each. */
const shorts = (...values: number[]) => Buffer.from(values.flatMap(value => [value >> 8, value & 0xff]))

t.test(
  'an item of an AVIF that is named again and again is gone over once, and its empty pieces not at all',
  async t => {
    const XMP = 'the only secret '.repeat(100)
    const head = box('ftyp', 'avif', shorts(0, 0), 'avifmif1')
    const named = box('infe', shorts(0x0200, 0, 1, 0), 'mime')
    const meta = (from: number) =>
      box(
        'meta',
        shorts(0, 0),
        box('iinf', shorts(0, 0, 500), ...Array<Buffer>(500).fill(named)),
        box('iloc', shorts(0, 0, 0x4400, 1, 1, 0, 9_000, 0, from, 0, XMP.length), Buffer.alloc(8_999 * 8)),
      )
    const from = head.length + meta(0).length + 8
    const file = Buffer.concat([head, meta(0), box('mdat', XMP)])
    // The place is more than two bytes hold.
    file.writeUInt32BE(from, file.indexOf(shorts(0, XMP.length)) - 4)
    for (const mode of ['gps', 'all'] as const) t.notOk((await strip(file, mode)).includes('secret'), mode)
  },
)

t.test('an AVIF says nothing beside its pictures', async t => {
  const track = (handler: string, ...more: Buffer[]) =>
    box('trak', box('mdia', box('hdlr', Buffer.alloc(8), handler, Buffer.alloc(13))), ...more)
  const still = await noise(24, 16, 'avif')
  const talking = Buffer.concat([
    still,
    box('uuid', 'an extended type', 'the first secret'),
    box('free', 'the second secret'),
  ])
  const moving = Buffer.concat([
    talking,
    box('moov', track('pict', box('meta', 'the third secret')), box('udta', 'the fourth secret')),
  ])
  for (const mode of ['gps', 'all'] as const) {
    const left = await strip(moving, mode)
    t.notOk(left.includes('secret'), mode)
    t.equal(left.length, moving.length, 'nothing moves')
    t.ok(left.includes('hdlr'), 'its tracks stay')
    t.ok((await pixels(await strip(talking, mode))).equals(await pixels(still)))
    t.ok((await strip(still, mode)).equals(still), 'what says nothing stays as it is')
  }
  const spoken = Buffer.concat([still, box('moov', track('meta'))])
  await t.rejects(strip(spoken, 'gps'), { code: 'unsupported_image' })
})

function repeated(piece: Buffer, times: number): Buffer {
  return Buffer.alloc(piece.length * times, piece)
}

t.test(
  'what is in more pieces than any picture, or has more said of it, is refused before it fills the memory',
  async t => {
    const gif = await noise(20, 20, 'gif')
    const head = gif.subarray(0, gifBody(gif))
    const comments = Buffer.concat([head, repeated(Buffer.from([0x21, 0xfe, 0]), 100_001)])
    await t.rejects(strip(comments, 'all'), { code: 'corrupt_image' })
    const delays = Buffer.concat([head, repeated(Buffer.from([0x21, 0xf9, 0]), 100_001)])
    await t.rejects(strip(delays, 'gps'), { code: 'corrupt_image' }, 'of what stays as well')
    const jpeg = await noise(20, 20)
    const filled = Buffer.concat([jpeg.subarray(0, 2), Buffer.alloc(100_001, 0xff), jpeg.subarray(2)])
    await t.rejects(strip(filled, 'gps'), { code: 'corrupt_image' })
    const [still, free] = [await noise(24, 16, 'avif'), Buffer.from('\0\0\0\u0008free')]
    const crumbs = Buffer.concat([still, repeated(free, 100_001)])
    await t.rejects(strip(crumbs, 'gps'), { code: 'corrupt_image' })
    const png = await noise(20, 20, 'png')
    const exif = Buffer.concat([Buffer.from([0, 0x50, 0, 0]), Buffer.from('eXIf'), Buffer.alloc(0x500000 + 4)])
    const spoken = Buffer.concat([png.subarray(0, 33), exif, png.subarray(33)])
    await t.rejects(strip(spoken, 'gps'), { code: 'corrupt_image' })
  },
)

t.test('small pieces are looked at without reading the file again for each', async t => {
  const gif = await noise(20, 20, 'gif')
  const delays = repeated(Buffer.from([0x21, 0xf9, 1, 0x78, 0]), 50_000)
  const bytes = Buffer.concat([gif.subarray(0, gifBody(gif)), delays, gif.subarray(gifBody(gif))])
  let reads = 0
  const file = {
    async read(buffer: Buffer, offset: number, length: number, at: number) {
      reads++
      return { buffer, bytesRead: bytes.copy(buffer, offset, at, at + length) }
    },
  } as unknown as FileHandle
  t.same(await gifEdits(new Window(file, bytes.length), 'gps'), [
    { start: bytes.length, end: bytes.length, bytes: Buffer.alloc(0) },
  ])
  t.ok(reads < 10, `${reads} reads`)
})

t.test('what pretends to be an image and is cut anywhere is refused, or comes out as it may be', async t => {
  for (const format of ['jpeg', 'png', 'webp', 'avif', 'gif'] as const) {
    const bytes = await photograph(24, 16, format)
    for (let turn = 0; turn < 60; turn++) {
      const broken = Buffer.from(bytes.subarray(0, turn % 3 === 0 ? 40 + turn * 9 : bytes.length))
      for (let i = 0; i < 3; i++)
        broken[16 + ((turn * 131 + i * 977) % (broken.length - 16))] = (turn * 89 + i * 57) & 0xff
      try {
        const { length } = await strip(broken, turn % 2 ? 'gps' : 'all')
        if (length > broken.length + 60) t.fail(`${format} ${turn} has grown to ${length}`)
      } catch (error) {
        if (!/corrupt_image|unsupported_image/.test((error as { code?: string }).code ?? ''))
          t.fail(`${format} ${turn}: ${error}`)
      }
    }
  }
  t.pass()
})

t.test("what is stripped is summed as it is kept, and one's own are found by what was sent", async t => {
  const bytes = await photograph(300, 200)
  const deps = { images: images(database.connection), intents: someIntents(), decoder: new Decoder(1_000_000) }
  async function* parts() {
    const fileName = 'photo.jpg'
    yield { kind: 'file' as const, fileName, bytes: Readable.from([bytes]), isTruncated: () => false }
    yield { kind: 'field' as const, name: 'sha256', value: sha256(bytes) }
  }
  const { image } = await upload(parts(), ann.id, { ...deps, stripMetadata: 'all' })
  t.match(image, { width: 200, height: 300, orientation: 6 })
  t.equal(image.camera, undefined, 'what is said of it is what stands in its bytes')
  const file = await asks('GET', `/v1/images/${image._id}/file`)
  t.equal(image.sha256, sha256(file.bytes))
  t.equal(image.bytes, file.bytes.length)
  t.not(image.sha256, sha256(bytes))
  t.notOk(file.bytes.includes('Glance One'))
  t.equal((await asks('HEAD', `/v1/images?sha256=${sha256(bytes)}`, { token: ann.token })).status, 200)
  t.equal((await ann.uploads(bytes)).status, 200, 'the same bytes are the same image')
})
