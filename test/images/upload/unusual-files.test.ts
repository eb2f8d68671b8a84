import sharp from 'sharp'
import t from 'tap'
import { animatedGif } from '../../helpers/images/gif.ts'
import { jpegSegment, pngChunk, tiff, tiffDirectory, withChunks, withSegments } from '../../helpers/images/parts.ts'
import { noise } from '../../helpers/pictures.ts'
import { openWorld } from '../../helpers/world.ts'

// With the default STRIP_METADATA, which parses the files.
const world = await openWorld(t)
const ann = await world.signsUp('ann')

const PALETTE: [number[], number[], number[]] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
]
const frame = { width: 40, height: 30, delay: 50, colourAt: (x: number) => x % 3 }
const gif = animatedGif({ width: 40, height: 30, palette: PALETTE, loop: 0, frames: [frame, frame, frame] })

/** A JPEG with these bytes in front of its frame. */
async function withSlack(slack: Buffer): Promise<Buffer> {
  const jpeg = withSegments(await noise(40, 30), jpegSegment(0xfe, 'a comment'))
  const at = jpeg.indexOf(Buffer.from([0xff, 0xc0]))
  return Buffer.concat([jpeg.subarray(0, at), slack, jpeg.subarray(at)])
}

/** An AVIF that has its brands in another order. */
async function branded(major: string): Promise<Buffer> {
  const avif = await noise(40, 30, 'avif')
  avif.write(major, 8)
  return avif
}

const turned = pngChunk('eXIf', tiff(tiffDirectory([[0x0112, 3, 1, Buffer.from([0, 6, 0, 0])]])))
const frames = pngChunk('acTL', Buffer.from([0, 0, 0, 3, 0, 0, 0, 0]))
const text = pngChunk('tEXt', `Comment\0${'x'.repeat(9_000)}`)

t.test('files that decoders accept are stored, and described as they are shown', async t => {
  const still = { width: 40, height: 30, animated: false }
  const cases: [name: string, bytes: Buffer, description: object, pages: number][] = [
    ['JPEG with bytes between its segments', await withSlack(Buffer.from('slack')), still, 1],
    ['GIF without a trailer', gif.subarray(0, -1), { ...still, animated: true }, 3],
    ['GIF cut in its last frame', gif.subarray(0, -200), { ...still, animated: true }, 2],
    ['PNG with EXIF behind its pixels', withChunks(await noise(30, 40, 'png'), [turned], 'IEND'), still, 1],
    ['APNG', withChunks(await noise(40, 30, 'png'), [text, frames]), { ...still, animated: true }, 1],
    ['AVIF with a general brand', await branded('mif1'), still, 1],
  ]
  for (const [name, bytes, description, pages] of cases) {
    const { status, body } = await ann.uploads(bytes)
    t.equal(status, 201, name)
    t.match(body, description, name)
    const file = await world.asks('GET', body.links.file)
    t.equal((await sharp(file.bytes).metadata()).pages ?? 1, pages, name)
    const rendition = await world.asks('GET', `${body.links.file}?width=160&format=webp`)
    t.equal(rendition.status, 200, name)
    const { width, height } = await sharp(rendition.bytes).metadata()
    t.same({ width, height }, { width: 40, height: 30 }, name)
  }
})

t.test('a sequence of AVIF is refused with what to send instead', async t => {
  const { status, body } = await ann.uploads(await branded('avis'))
  t.equal(status, 415)
  t.match(body, { code: 'unsupported_image', detail: /animated WebP or GIF/ })
})
