import sharp from 'sharp'
import t from 'tap'
import { cameraDataOf } from '../../../src/images/upload/exif.ts'
import {
  jpegSegment,
  pngChunk,
  type TiffEntry,
  tiff,
  tiffDirectory,
  withChunks,
  withSegments,
} from '../../helpers/images/parts.ts'
import { strip } from '../../helpers/images/strip.ts'
import { noise, pixels } from '../../helpers/pictures.ts'

const ASCII = 2
const SHORT = 3
const LONG = 4
const MAKE: TiffEntry = [0x010f, ASCII, 4, Buffer.from('Foo\0')]
const TURNED: TiffEntry = [0x0112, SHORT, 1, Buffer.from([0, 6, 0, 0])]

const jpeg = await noise(32, 24)
const withExif = (block: Buffer) =>
  withSegments(jpeg, jpegSegment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), block])))
const orientationOf = async (bytes: Buffer) => (await sharp(bytes).metadata()).orientation

t.test('an image whose EXIF is damaged keeps its orientation', async t => {
  const end = (entries: TiffEntry[]) => 8 + tiffDirectory(entries).length
  const both = [MAKE, TURNED]
  const blocks: Record<string, Buffer> = {
    'the next directory outside': tiff(tiffDirectory(both, 0x7fff0000)),
    'an empty second directory, and a third outside': tiff(
      tiffDirectory(both, end(both)),
      tiffDirectory([], 0x7fff0000),
    ),
    'directories in a cycle': tiff(tiffDirectory(both, 8)),
    'the directory of the photograph outside': tiff(tiffDirectory([...both, [0x8769, LONG, 1, 0x7fff0000]])),
    'the directory of the photograph is the first one': tiff(tiffDirectory([...both, [0x8769, LONG, 1, 8]])),
    'the directory of the photograph within the first one': tiff(tiffDirectory([...both, [0x8769, LONG, 1, 20]])),
    'a value outside': tiff(tiffDirectory([[0x010e, ASCII, 500, 0x7fff0000], ...both])),
    'a place outside': tiff(tiffDirectory([...both, [0x8825, LONG, 1, 0x7fff0000]])),
    'the block ends within its directory': tiff(tiffDirectory([...both, MAKE, MAKE]).subarray(0, 40)),
    'no room for the next directory': tiff(tiffDirectory(both).subarray(0, -4)),
    'values that overlap': tiff(tiffDirectory([...both, ...Array<TiffEntry>(60).fill([0x010e, ASCII, 700, 8])])),
    'an orientation of 32 bits': tiff(tiffDirectory([MAKE, [0x0112, LONG, 1, 6]])),
  }
  for (const [name, block] of Object.entries(blocks)) {
    const bytes = withExif(block)
    t.equal(await orientationOf(bytes), 6, `${name}: the decoder sees it`)
    for (const mode of ['gps', 'all'] as const)
      t.equal(await orientationOf(await strip(bytes, mode)), 6, `${name}, ${mode}`)
  }
  const exif = (await sharp(await strip(withExif(blocks['a value outside'] as Buffer), 'gps')).metadata()).exif
  t.equal(cameraDataOf(exif).camera, 'Foo', 'the entries that can be read stay')
})

const SECRET = Buffer.from('a secret place inside '.repeat(4))

/**
 * A block with a thumbnail, and with a secret in its first directory, that of the photograph, and that of the place.
 * @param isKeptLast whether a value that is kept follows all of these, which can then not be cut off
 */
function blockWith(main: number, photo: number, place: number, isKeptLast: boolean): Buffer {
  const thumbnail = 'a secret thumbnail'
  const long = (tag: number, value: number): TiffEntry => [tag, LONG, 1, value]
  const time = Buffer.from('2026:05:04 10:20:30\0')
  const layout = (at: Record<string, number>) => {
    const text = (tag: number, name: string): TiffEntry => [tag, 7, SECRET.length, at[name] ?? 0]
    return {
      main: tiffDirectory(
        [MAKE, TURNED, text(main, 'first'), long(0x8769, at.photo ?? 0), long(0x8825, at.place ?? 0)],
        at.small,
      ),
      photo: tiffDirectory([[0x9003, ASCII, 20, at.time ?? 0], text(photo, 'second'), long(0xa005, at.place ?? 0)]),
      place: tiffDirectory([text(place, 'third')]),
      ...(isKeptLast ? {} : { time }),
      small: tiffDirectory([long(0x0201, at.thumbnail ?? 0), long(0x0202, thumbnail.length), MAKE]),
      ...{ first: SECRET, second: SECRET, third: SECRET, thumbnail: Buffer.from(thumbnail) },
      ...(isKeptLast ? { time } : {}),
    }
  }
  const places: Record<string, number> = {}
  let end = 8
  for (const [name, part] of Object.entries(layout({}))) {
    places[name] = end
    end += part.length
  }
  return tiff(...Object.values(layout(places)))
}

t.test('nothing of a thumbnail, of places or of unknown tags is left in EXIF', async t => {
  const tags = [0x014a, 0x02bc, 0x83bb, 0x8649, 0x9c9e, 0xc634, 0xfe00, 0x927c, 0xa40b, 0x9402]
  for (const [i, tag] of tags.entries()) {
    const isKeptLast = i % 2 === 0
    const block = blockWith(tag, tags.at(-i) ?? 0, i, isKeptLast)
    const bytes = withExif(block)
    for (const mode of ['gps', 'all'] as const) {
      const left = await strip(bytes, mode)
      t.notOk(left.includes('secret'), `${tag}, ${mode}`)
      if (!isKeptLast || mode === 'all') t.ok(left.length < bytes.length - 2 * SECRET.length, 'the file is shorter')
      t.equal(await orientationOf(left), 6)
      t.ok((await pixels(left)).equals(await pixels(jpeg)))
      const png = await strip(withChunks(await noise(9, 9, 'png'), [pngChunk('eXIf', block)]), mode)
      t.notOk(png.includes('secret'), `PNG, ${mode}`)
    }
    const { exif } = await sharp(await strip(bytes, 'gps')).metadata()
    const left = (exif as Buffer).subarray('Exif\0\0'.length)
    t.equal(left.readUInt32BE(10 + 12 * left.readUInt16BE(8)), 0, 'no directory follows the first one')
    t.same(cameraDataOf(exif), { camera: 'Foo', takenAt: new Date('2026-05-04T10:20:30Z') })
  }
})

t.test('EXIF behind the pixels of a PNG is moved in front of them, where the decoder reads it', async t => {
  const png = await noise(32, 24, 'png')
  const late = withChunks(png, [pngChunk('eXIf', tiff(tiffDirectory([MAKE, TURNED])))], 'IEND')
  for (const mode of ['gps', 'all'] as const) {
    const left = await strip(late, mode)
    t.equal(await orientationOf(left), 6, mode)
    t.ok((await pixels(left)).equals(await pixels(png)), mode)
    t.equal(left.toString('latin1').split('eXIf').length, 2, 'once')
  }
  const upright = pngChunk('eXIf', tiff(tiffDirectory([MAKE])))
  const twice = withChunks(withChunks(png, [upright]), [upright], 'IEND')
  t.equal((await strip(twice, 'gps')).toString('latin1').split('eXIf').length, 2, 'of two the first one stays')
})
