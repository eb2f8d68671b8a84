import type { FileHandle } from 'node:fs/promises'
import sharp from 'sharp'
import t from 'tap'
import { Directories } from '../../../src/images/metadata/directories.ts'
import { gifEdits } from '../../../src/images/metadata/gif.ts'
import { Window } from '../../../src/images/metadata/window.ts'
import { cameraDataOf } from '../../../src/images/upload/exif.ts'
import { box, shorts } from '../../helpers/images/parts.ts'
import { strip } from '../../helpers/images/strip.ts'
import { gifBody, noise, photograph, pixels } from '../../helpers/pictures.ts'

t.test('locations or all metadata can be removed without encoding the image again', async t => {
  for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
    const bytes = await photograph(64, 40, format)
    for (const mode of ['gps', 'all'] as const) {
      const name = `${format}, ${mode}`
      const left = await strip(bytes, mode)
      const { exif, autoOrient } = await sharp(left).metadata()
      t.notOk(left.includes('GPSLatitude'), `${name}: no XMP`)
      t.same(autoOrient, { width: 40, height: 64 }, `${name}: the orientation stays`)
      t.ok((await pixels(left)).equals(await pixels(bytes)), `${name}: the same pixels`)
      if (mode === 'gps') {
        const directories = new Directories((exif as Buffer).subarray(exif?.indexOf('II*')))
        t.equal(directories.find(directories.first, 0x8825), undefined, `${name}: no location`)
        t.match(cameraDataOf(exif), { camera: 'Glance One', takenAt: new Date('2026-05-04T08:20:30Z') }, name)
        t.ok(exif?.includes('Ann'), name)
        t.notOk(left.includes('only we can read it'), `${name}: no maker notes`)
      } else t.notOk(left.includes('Glance'), name)
    }
  }
  const polyglot = Buffer.concat([await photograph(64, 40), Buffer.from('PK\u0003\u0004 another file')])
  t.notOk((await strip(polyglot, 'gps')).includes('another file'), 'bytes after the end are removed')
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

t.test('an AVIF item that is listed many times is processed once, and its empty extents are skipped', async t => {
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
  // The offset needs more than two bytes.
  file.writeUInt32BE(from, file.indexOf(shorts(0, XMP.length)) - 4)
  for (const mode of ['gps', 'all'] as const) t.notOk((await strip(file, mode)).includes('secret'), mode)
})

t.test('an AVIF keeps no metadata beside its images', async t => {
  const track = (handler: string, ...more: Buffer[]) =>
    box('trak', box('mdia', box('hdlr', Buffer.alloc(8), handler, Buffer.alloc(13))), ...more)
  const still = await noise(24, 16, 'avif')
  const annotated = Buffer.concat([
    still,
    box('uuid', 'an extended type', 'the first secret'),
    box('free', 'the second secret'),
  ])
  const moving = Buffer.concat([
    annotated,
    box('moov', track('pict', box('meta', 'the third secret')), box('udta', 'the fourth secret')),
  ])
  for (const mode of ['gps', 'all'] as const) {
    const left = await strip(moving, mode)
    t.notOk(left.includes('secret'), mode)
    t.equal(left.length, moving.length, 'no offset changes')
    t.ok(left.includes('hdlr'), 'its tracks stay')
    t.ok((await pixels(await strip(annotated, mode))).equals(await pixels(still)))
    t.ok((await strip(still, mode)).equals(still), 'a file without metadata is unchanged')
  }
  const withMetadataTrack = Buffer.concat([still, box('moov', track('meta'))])
  await t.rejects(strip(withMetadataTrack, 'gps'), { code: 'unsupported_image' })
})

function repeated(piece: Buffer, times: number): Buffer {
  return Buffer.alloc(piece.length * times, piece)
}

t.test('a file with too many segments or too much metadata is refused before it fills the memory', async t => {
  const gif = await noise(20, 20, 'gif')
  const head = gif.subarray(0, gifBody(gif))
  const comments = Buffer.concat([head, repeated(Buffer.from([0x21, 0xfe, 0]), 100_001)])
  await t.rejects(strip(comments, 'all'), { code: 'corrupt_image' })
  const delays = Buffer.concat([head, repeated(Buffer.from([0x21, 0xf9, 0]), 100_001)])
  await t.rejects(strip(delays, 'gps'), { code: 'corrupt_image' }, 'segments that are kept count as well')
  const jpeg = await noise(20, 20)
  const marked = Buffer.concat([jpeg.subarray(0, 2), repeated(Buffer.from([0xff, 0x01]), 100_001), jpeg.subarray(2)])
  await t.rejects(strip(marked, 'gps'), { code: 'corrupt_image' })
  const [still, free] = [await noise(24, 16, 'avif'), Buffer.from('\0\0\0\u0008free')]
  const crumbs = Buffer.concat([still, repeated(free, 100_001)])
  await t.rejects(strip(crumbs, 'gps'), { code: 'corrupt_image' })
  const png = await noise(20, 20, 'png')
  const exif = Buffer.concat([Buffer.from([0, 0x50, 0, 0]), Buffer.from('eXIf'), Buffer.alloc(0x500000 + 4)])
  const annotated = Buffer.concat([png.subarray(0, 33), exif, png.subarray(33)])
  await t.rejects(strip(annotated, 'gps'), { code: 'corrupt_image' })
})

t.test('small segments do not cost a read of the file each', async t => {
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

t.test('a truncated or corrupt file is refused or stripped, and never grows', async t => {
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
