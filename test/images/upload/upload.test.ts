import { Readable } from 'node:stream'
import sharp from 'sharp'
import t from 'tap'
import { Decoder } from '../../../src/images/decoding/decoder.ts'
import { images } from '../../../src/images/image.ts'
import { strippedExif } from '../../../src/images/metadata/tiff.ts'
import { Blobs } from '../../../src/images/storage/blobs.ts'
import { UploadIntents } from '../../../src/images/storage/upload-intents.ts'
import { cameraDataOf } from '../../../src/images/upload/exif.ts'
import { Quotas } from '../../../src/images/upload/quotas.ts'
import { upload } from '../../../src/images/upload/upload.ts'
import { noUploadIsLeft } from '../../helpers/images/leftovers.ts'
import { FORM_END, FORM_TYPE, filePart, joined, type Pieces, part, sendUpload } from '../../helpers/images/multipart.ts'
import { gifBody, noise, photograph, sha256 } from '../../helpers/pictures.ts'
import { openWorld } from '../../helpers/world.ts'

const world = await openWorld(t, { MAX_UPLOAD_BYTES: '8000000', MAX_IMAGE_PIXELS: '8000000' })
const { asks, database } = world
const ann = await world.signsUp('ann')
const bob = await world.signsUp('bob')

/** Sends an upload as a raw request body. */
const send = (pieces: Pieces, contentType = FORM_TYPE, hangUp = false) =>
  sendUpload(world.url, ann.token, contentType, pieces, hangUp)

t.test('an image of several MB is served with the bytes that were uploaded', async t => {
  const bytes = await noise(2200, 1700)
  t.ok(bytes.length > 3_000_000)
  const { status, headers, body } = await ann.uploads(bytes, { title: 'Noise', tags: ['a', 'b', 'a'] })
  t.equal(status, 201)
  t.equal(headers.get('location'), body.links.self)
  t.match(body, {
    title: 'Noise',
    tags: ['a', 'b'],
    mediaType: 'image/jpeg',
    width: 2200,
    height: 1700,
    visibility: 'public',
  })
  t.equal(body.sha256, sha256(bytes))
  const file = await asks('GET', body.links.file)
  t.equal(sha256(file.bytes), sha256(bytes))
  t.equal(file.headers.get('content-type'), 'image/jpeg')
  t.match(file.headers.get('content-security-policy'), /sandbox/)
  t.equal(file.headers.get('x-content-type-options'), 'nosniff')
  t.ok(await noUploadIsLeft(database.db))
})

t.test('the media type is detected from the bytes', async t => {
  for (const format of ['png', 'webp', 'gif', 'avif'] as const) {
    const { status, body } = await ann.uploads(await noise(40, 30, format))
    t.equal(status, 201, format)
    t.match(body, { mediaType: `image/${format}`, width: 40, height: 30 }, format)
  }
})

t.test('concurrent uploads of the same bytes by one owner create one image', async t => {
  const bytes = await noise(90, 90)
  const answers = await Promise.all(Array.from({ length: 12 }, () => bob.uploads(bytes)))
  t.equal(new Set(answers.map(({ body }) => body.id)).size, 1)
  t.same(answers.map(({ status }) => status).sort(), [...Array(11).fill(200), 201])
  t.equal((await ann.uploads(bytes)).status, 201, 'another owner gets an image of their own')
  t.ok(await noUploadIsLeft(database.db))
})

t.test('fields may precede and follow the file, and chunks may have any size', async t => {
  const bytes = await noise(70, 50)
  const whole = joined([...part('title', 'before'), ...filePart(bytes), ...part('altText', 'after'), FORM_END])
  const pieces = Array.from({ length: Math.ceil(whole.length / 700) }, (_, i) => whole.subarray(i * 700, i * 700 + 700))
  const answer = await send(pieces)
  t.match(answer, /^HTTP\/1.1 201/)
  t.match(answer, /"title":"before"/)
  t.match(answer, /"altText":"after"/)
})

/** A GIF with one frame, followed by the same frame `frames` times. */
const manyFrames = async (frames: number) => {
  const gif = await sharp(Buffer.alloc(300), { raw: { width: 10, height: 10, channels: 3 } })
    .gif()
    .toBuffer()
  const body = gifBody(gif)
  const frame = gif.subarray(body, -1)
  return Buffer.concat([gif.subarray(0, body), ...Array<Buffer>(frames).fill(frame), Buffer.from([0x3b])])
}

t.test('a description has the same maximum length in an upload and in a change, whatever its characters', async t => {
  const description = '\u{1f600}'.repeat(5_000)
  const { status, body } = await ann.uploads(await noise(43, 41), { description })
  t.equal(status, 201)
  t.equal(body.description, description)
  t.equal((await ann.changes(body.id, { description })).status, 200)
})

t.test('a long file name is cut between characters, and control characters are replaced', async t => {
  const names = [
    [`${'\u{1f600}'.repeat(300)}.jpg`, `${'\u{1f600}'.repeat(251)}.jpg`],
    ['a\u0000b\u0007.jpg', 'a_b_.jpg'],
  ]
  for (const [i, [sent = '', kept]] of names.entries()) {
    const answer = await send([...filePart(await noise(44 + i, 41), sent), FORM_END])
    const { fileName, links } = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1))
    t.equal(fileName, kept)
    t.equal((await asks('GET', links.file)).status, 200)
  }
})

t.test('unusual but valid images are accepted', async t => {
  const frames = await ann.uploads(await manyFrames(10_000))
  t.match(frames, { status: 201, body: { mediaType: 'image/gif', animated: true, width: 10, height: 10 } })
  const polyglot = Buffer.concat([await noise(40, 41), Buffer.from('504b030414000000', 'hex'), Buffer.from('<script>')])
  const { status, body } = await ann.uploads(polyglot)
  t.equal(status, 201)
  const { headers } = await asks('GET', body.links.file)
  t.equal(headers.get('content-type'), 'image/jpeg')
  t.equal(headers.get('x-content-type-options'), 'nosniff')
  t.match(headers.get('content-security-policy'), /^sandbox/)
  const misnamed = await send([...filePart(await noise(42, 41, 'webp'), 'holiday.exe'), FORM_END])
  t.match(misnamed, /"mediaType":"image\/webp"/, 'the file name and the declared type are ignored')
})

const EXIF_NAME = 'Exif\0\0'

/** An EXIF block of `entries` entries, each of which claims most of the block as its value. */
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

/** Returns how many integers are read from buffers while `work` runs. */
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

t.test('only the EXIF entries of interest are read, however large the values that the others claim', async t => {
  const block = crowdedExif(800, 0x9999)
  const read = numbersRead(() => t.same(cameraDataOf(Buffer.concat([Buffer.from(EXIF_NAME), block])), {}))
  t.ok(read < 10_000, `${read} numbers were read`)
  t.same(cameraDataOf(crowdedExif(4_000, 0x9999)), {}, 'a block with more entries than the limit is ignored')
  const head = Buffer.from([0xff, 0xe1, 0, 0])
  head.writeUInt16BE(block.length + 8, 2)
  const picture = await noise(32, 24)
  const crowded = Buffer.concat([picture.subarray(0, 2), head, Buffer.from(EXIF_NAME), block, picture.subarray(2)])
  t.equal((await ann.uploads(crowded)).status, 201, 'the image is accepted')
  t.ok(strippedExif(crowdedExif(800, 0x927c), 'gps').length < 20, 'no maker note is left')
  t.equal(
    strippedExif(crowdedExif(800, 0x9286), 'gps').length,
    0,
    'entries that would copy the same bytes again are not followed',
  )
})

t.test('a stripped image has the checksum of its stored bytes, and is found by that of the uploaded bytes', async t => {
  const bytes = await photograph(300, 200)
  const intents = new UploadIntents(database.client, database.db, new Blobs(database.db), 600_000)
  const quotas = new Quotas(database.db, { images: 0, bytes: 0 })
  const deps = { images: images(database.connection), intents, decoder: new Decoder(1_000_000), quotas }
  async function* parts() {
    const fileName = 'photo.jpg'
    yield { kind: 'file' as const, fileName, bytes: Readable.from([bytes]) }
    yield { kind: 'field' as const, name: 'sha256', value: sha256(bytes) }
  }
  const { image } = await upload(parts(), ann.id, { ...deps, stripMetadata: 'all' })
  t.match(image, { width: 200, height: 300, orientation: 6 })
  t.equal(image.camera, undefined, 'the description only has what the stored bytes contain')
  const file = await asks('GET', `/v1/images/${image._id}/file`)
  t.equal(image.sha256, sha256(file.bytes))
  t.equal(image.bytes, file.bytes.length)
  t.not(image.sha256, sha256(bytes))
  t.notOk(file.bytes.includes('Glance One'))
  t.equal((await asks('HEAD', `/v1/images?sha256=${sha256(bytes)}`, { token: ann.token })).status, 200)
  t.equal((await ann.uploads(bytes)).status, 200, 'the same bytes are the same image')
})
