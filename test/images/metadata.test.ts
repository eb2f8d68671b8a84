import { type FileHandle, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import sharp from 'sharp'
import t from 'tap'
import { Decoder } from '../../src/images/decoder.ts'
import { images } from '../../src/images/image.ts'
import { Directories } from '../../src/images/metadata/directories.ts'
import { gifEdits } from '../../src/images/metadata/gif.ts'
import { stripped } from '../../src/images/metadata/strip.ts'
import { strippedExif } from '../../src/images/metadata/tiff.ts'
import { Window } from '../../src/images/metadata/window.ts'
import { Blobs } from '../../src/images/storage/blobs.ts'
import { UploadIntents } from '../../src/images/storage/upload-intents.ts'
import { cameraDataOf } from '../../src/images/upload/exif.ts'
import { upload } from '../../src/images/upload/upload.ts'
import { withTemporaryFolder } from '../../src/lib/temporary-folder.ts'
import { gifBody, noise, photograph, pixels, sha256 } from '../helpers/pictures.ts'
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
const blobs = new Blobs(db)
const someIntents = () => new UploadIntents(database.client, db, blobs, 600_000)
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
