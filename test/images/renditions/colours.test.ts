import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import t from 'tap'
import { thumbHashToAverageRGBA } from 'thumbhash'
import { Decoder } from '../../../src/images/decoding/decoder.ts'
import { encode } from '../../../src/images/renditions/encode.ts'
import { FORMATS } from '../../../src/images/renditions/format.ts'
import { inspect } from '../../../src/images/upload/inspect.ts'
import { withTemporaryFolder } from '../../../src/lib/temporary-folder.ts'
import { limitedGrey } from '../../helpers/images/limited-grey.ts'
import { box, pngChunk, shorts, withChunks } from '../../helpers/images/parts.ts'
import { pixels } from '../../helpers/pictures.ts'

const SIDE = 64
const COLOUR = [200, 60, 20]
const CLEAR = [...COLOUR, 128]
const GREY = [100, 100, 100]

const plain = (...colour: number[]) =>
  sharp(
    Buffer.from(
      Array<number[]>(SIDE * SIDE)
        .fill(colour)
        .flat(),
    ),
    {
      raw: { width: SIDE, height: SIDE, channels: colour.length as 1 | 2 | 3 | 4 },
    },
  )
const coloured = () => plain(...COLOUR)
const deep = () => coloured().toColourspace('rgb16')
const grey = () => plain(100).toColourspace('b-w')
const avif = (image: Sharp, bitdepth: 8 | 10 | 12) => image.avif({ bitdepth, quality: 95, chromaSubsampling: '4:4:4' })
const BEST = { quality: 100, chromaSubsampling: '4:4:4' }

/** A PNG of 16 bits whose profile can not be read. */
async function withBrokenProfile(): Promise<Buffer> {
  const png = await deep().png().toBuffer()
  const { icc = Buffer.alloc(0) } = await sharp(await coloured().withIccProfile('p3').png().toBuffer()).metadata()
  const profile = Buffer.from(icc).fill(0x41, 200)
  return withChunks(png, [pngChunk('iCCP', Buffer.concat([Buffer.from('x\0\0'), deflateSync(profile)]))])
}

type Picture = [name: string, bytes: Buffer | Sharp, colour: number[]]
const pictures: Picture[] = [
  ['PNG of 8 bits', coloured().png(), COLOUR],
  ['PNG with a palette', coloured().png({ palette: true }), COLOUR],
  ['transparent PNG of 8 bits', plain(...CLEAR).png(), CLEAR],
  ['PNG of 16 bits', deep().png(), COLOUR],
  [
    'transparent PNG of 16 bits',
    plain(...CLEAR)
      .toColourspace('rgb16')
      .png(),
    CLEAR,
  ],
  ['PNG of 16 bits with a broken profile', await withBrokenProfile(), COLOUR],
  ['grey PNG of 8 bits', grey().png(), GREY],
  ['grey PNG of 16 bits', plain(100).toColourspace('grey16').png(), GREY],
  ['transparent grey PNG', plain(100, 128).toColourspace('b-w').png(), [...GREY, 128]],
  ['transparent grey PNG of 16 bits', plain(100, 128).toColourspace('grey16').png(), [...GREY, 128]],
  ['JPEG', coloured().jpeg(BEST), COLOUR],
  ['grey JPEG', grey().jpeg(BEST), GREY],
  ['JPEG in CMYK', coloured().toColourspace('cmyk').withIccProfile('cmyk').jpeg(BEST), COLOUR],
  ['WebP', coloured().webp({ lossless: true }), COLOUR],
  ['GIF', coloured().gif(), COLOUR],
  ['grey AVIF of 10 bits', avif(grey(), 10), GREY],
  ['black AVIF of one plane in the limited range', limitedGrey(0), [0, 0, 0]],
  ['light AVIF of one plane in the limited range', limitedGrey(240), [240, 240, 240]],
]
for (const bits of [8, 10, 12] as const) pictures.push([`AVIF of ${bits} bits`, avif(coloured(), bits), COLOUR])
for (const profile of ['srgb', 'p3']) {
  const profiled = (image: Sharp) => image.withIccProfile(profile)
  pictures.push(
    [`JPEG with the profile ${profile}`, profiled(coloured()).jpeg(BEST), COLOUR],
    [`PNG of 8 bits with the profile ${profile}`, profiled(coloured()).png(), COLOUR],
    [`PNG of 16 bits with the profile ${profile}`, profiled(deep()).png(), COLOUR],
    [`transparent PNG of 16 bits, ${profile}`, profiled(plain(...CLEAR).toColourspace('rgb16')).png(), CLEAR],
    [`AVIF of 10 bits with the profile ${profile}`, avif(profiled(coloured()), 10), COLOUR],
    [`AVIF of 12 bits with the profile ${profile}`, avif(profiled(coloured()), 12), COLOUR],
  )
}

/** Whether two colours differ by no more than encoding with losses lets them. */
const isAlike = (found: ArrayLike<number>, wanted: number[]) =>
  wanted.every((value, i) => Math.abs((found[i] ?? 255) - value) <= 6)

t.test('every rendition and the placeholder have the colours of the image, whatever its depth and profile', async t => {
  const decoder = new Decoder(1_000_000)
  for (const [name, picture, colour] of pictures) {
    await withTemporaryFolder(async folder => {
      const path = join(folder, 'picture')
      await writeFile(path, Buffer.isBuffer(picture) ? picture : await picture.toBuffer())
      for (const format of FORMATS) {
        const bytes = await encode(path, { width: 50, height: 50, fit: 'inside', format }, decoder)
        const { depth, hasProfile } = await sharp(bytes).metadata()
        t.same({ depth, hasProfile }, { depth: 'uchar', hasProfile: false }, `${name}, ${format}`)
        const found = (await sharp(bytes).toColourspace('srgb').ensureAlpha().raw().toBuffer()).subarray(0, 4)
        const [, , , alpha = 255] = colour
        const onWhite = colour.map(value => (value * alpha + 255 * (255 - alpha)) / 255)
        const wanted = format === 'jpeg' ? onWhite.slice(0, 3) : colour
        t.ok(isAlike(found, wanted), `${name}, ${format}: ${[...found]}`)
      }
      const { placeholder } = await inspect(path, decoder, { client: 'ann' })
      const { r, g, b } = thumbHashToAverageRGBA(Buffer.from(placeholder, 'base64'))
      const average = [r, g, b].map(value => Math.round(value * 255))
      // A ThumbHash stores the average in 6 bits a channel.
      t.ok(
        average.every((value, i) => Math.abs(value - (colour[i] ?? 0)) <= 12),
        `${name}, placeholder: ${average}`,
      )
    })
  }
})

/** Adds the colour of video, in the full or the limited range, to a grey AVIF. */
function withRange(file: Buffer, isFull: boolean): Buffer {
  const colour = box('colr', 'nclx', shorts(1, 13, 6), Buffer.from([isFull ? 0x80 : 0]))
  const ipma = file.indexOf('ipma') - 4
  const end = ipma + file.readUInt32BE(ipma)
  const bytes = Buffer.concat([
    file.subarray(0, ipma),
    colour,
    file.subarray(ipma, end),
    Buffer.from([4]),
    file.subarray(end),
  ])
  const grow = (at: number, by: number) => bytes.writeUInt32BE(bytes.readUInt32BE(at) + by, at)
  grow(bytes.indexOf('ipco') - 4, colour.length)
  for (const type of ['iprp', 'meta']) grow(bytes.indexOf(type) - 4, colour.length + 1)
  grow(bytes.indexOf('ipma') - 4, 1)
  bytes.writeUInt8(4, bytes.indexOf('ipma') + 14) // one more property of the item
  grow(bytes.indexOf('iloc') + 16, colour.length + 1) // where the item begins
  return bytes
}

t.test('a grey AVIF of three planes in the limited range of video is not washed out', async t => {
  for (const depth of [8, 10] as const) {
    const shown = async (level: number, isFull: boolean) => {
      const file = withRange(await avif(plain(level).toColourspace('b-w'), depth).toBuffer(), isFull)
      return withTemporaryFolder(async folder => {
        const path = join(folder, 'picture')
        await writeFile(path, file)
        const rendition = { width: 50, height: 50, fit: 'inside', format: 'png' } as const
        return (await pixels(await encode(path, rendition, new Decoder(1_000_000))))[0] ?? -1
      })
    }
    for (const [level, limited] of [
      [16, 0],
      [235, 255],
      [126, 128],
    ] as const) {
      const [full, video] = [await shown(level, true), await shown(level, false)]
      t.ok(Math.abs(full - level) <= 2, `${level} in the full range, ${depth} bits: ${full}`)
      t.ok(Math.abs(video - limited) <= 3, `${level} in the limited range, ${depth} bits: ${video}`)
    }
  }
})
