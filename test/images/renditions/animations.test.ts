import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { Decoder } from '../../../src/images/decoding/decoder.ts'
import { encode } from '../../../src/images/renditions/encode.ts'
import { withTemporaryFolder } from '../../../src/lib/temporary-folder.ts'
import { animatedGif, type GifFrame, transparent } from '../../helpers/images/gif.ts'
import { openWorld } from '../../helpers/world.ts'

const [WIDTH, HEIGHT] = [64, 32]
const LIMIT = 10_000
const ENVIRONMENT = { RENDITION_SIZES: '32,64', STRIP_METADATA: 'none' }
const world = await openWorld(t, { ...ENVIRONMENT, MAX_ANIMATION_PIXELS: String(LIMIT) })
const ann = await world.signsUp('ann')

const [RED, GREEN, BLUE, CLEAR] = [
  [230, 20, 20, 255],
  [20, 200, 20, 255],
  [20, 20, 220, 255],
  [0, 0, 0, 0],
]
const palette: [number[], number[], number[]] = [RED.slice(0, 3), GREEN.slice(0, 3), BLUE.slice(0, 3)]
const full = { width: WIDTH, height: HEIGHT }
const half = { width: WIDTH / 2, height: HEIGHT }
const plain = (colour: number) => () => colour

/** Frames that cover parts of the canvas, one for each disposal, and a transparent one. */
const FRAMES: GifFrame[] = [
  { ...full, delay: 50, colourAt: plain(0) },
  { ...half, delay: 120, disposal: 'clear', colourAt: plain(1) },
  { ...half, left: WIDTH / 2, delay: 200, disposal: 'restore', colourAt: plain(2) },
  { ...full, delay: 1000, colourAt: (x, y) => (x < WIDTH / 2 && y < HEIGHT / 2 ? 1 : transparent) },
]
/** The colours of each frame in the quarters of the canvas: top left, top right, bottom left, bottom right. */
const QUARTERS = [
  [RED, RED, RED, RED],
  [GREEN, RED, GREEN, RED],
  [CLEAR, BLUE, CLEAR, BLUE],
  [GREEN, RED, CLEAR, RED],
]
const DELAYS = FRAMES.map(({ delay }) => delay)
const gif = animatedGif({ ...full, palette, loop: 3, frames: FRAMES })

/** Decodes all frames. @param box where the image is within the frame, as shares of its sides */
async function framesOf(bytes: Buffer, box = { left: 0, top: 0, width: 1, height: 1 }) {
  const image = sharp(bytes, { animated: true })
  const { pages = 1, pageHeight: height = 0, width, delay, loop } = await image.metadata()
  const pixels = await image.ensureAlpha().raw().toBuffer()
  const colourAt = (frame: number, x: number, y: number) => {
    const [column, row] = [Math.floor(x * width), Math.floor(y * height)]
    return [...pixels.subarray(((frame * height + row) * width + column) * 4).subarray(0, 4)]
  }
  const places = [0.25, 0.75].flatMap(y => [0.25, 0.75].map(x => [box.left + x * box.width, box.top + y * box.height]))
  const quarters = Array.from({ length: pages }, (_, frame) => places.map(([x = 0, y = 0]) => colourAt(frame, x, y)))
  return { pages, width, height, delay, loop, quarters, corner: colourAt(1, 0, 0) }
}

/** Whether colours differ by no more than encoding with losses lets them; what is clear has none. */
function isAlike(found: number[], wanted: number[]): boolean {
  return wanted[3] === 0 ? found[3] === 0 : found.every((value, i) => Math.abs(value - (wanted[i] ?? 0)) < 20)
}

const areAlike = (found: number[][][], wanted: number[][][]) =>
  found.length === wanted.length &&
  found.every((quarters, frame) => quarters.every((colour, i) => isAlike(colour, wanted[frame]?.[i] ?? [])))

const uploaded = async (bytes: Buffer): Promise<string> => (await ann.uploads(bytes)).body.links.file
const pagesOf = async (file: string, query: string, headers = {}) => {
  const answer = await world.asks('GET', `${file}?${query}`, { headers })
  t.equal(answer.status, 200, query)
  const { pages = 1, format } = await sharp(answer.bytes).metadata()
  return { pages, format }
}

t.test('a WebP rendition of an animation has its frames, delays and number of loops', async t => {
  const roll = await sharp(gif, { animated: true }).webp({ lossless: true }).toBuffer()
  for (const [name, original] of Object.entries({ gif, webp: roll })) {
    const source = await framesOf(original)
    t.ok(areAlike(source.quarters, QUARTERS), `${name}: ${JSON.stringify(source.quarters)}`)
    t.same([source.delay, source.loop], [DELAYS, 3], name)
    const file = await uploaded(original)
    const middle = { left: 0, top: 0.25, width: 1, height: 0.5 }
    const cases: [string, { width: number; height: number }, typeof middle | undefined, number[] | undefined][] = [
      ['width=64', full, undefined, undefined],
      ['width=32&quality=95', { width: 32, height: 16 }, undefined, undefined],
      ['width=16&dpr=2&quality=30', { width: 32, height: 16 }, undefined, undefined],
      ['width=32&height=32&fit=cover', { width: 32, height: 32 }, undefined, undefined],
      ['width=32&height=32&fit=contain', { width: 32, height: 32 }, middle, CLEAR],
      ['width=64&background=black', full, undefined, undefined],
      ['width=32&height=32&fit=contain&background=black', { width: 32, height: 32 }, middle, [0, 0, 0, 255]],
    ]
    for (const [query, size, box, corner] of cases) {
      const answer = await world.asks('GET', `${file}?${query}&format=webp`)
      const found = await framesOf(answer.bytes, box)
      const label = `${name}, ${query}: ${JSON.stringify(found)}`
      t.match(found, { pages: 4, delay: DELAYS, loop: 3, ...size }, label)
      const isFilled = query.includes('background')
      const wanted = isFilled
        ? QUARTERS.map(quarters => quarters.map(c => (c === CLEAR ? [0, 0, 0, 255] : c)))
        : QUARTERS
      t.ok(areAlike(found.quarters, wanted), label)
      if (corner) t.ok(isAlike(found.corner, corner), label)
    }
  }
  const endless = animatedGif({ ...full, palette, loop: 0, frames: FRAMES.slice(0, 2) })
  const answer = await world.asks('GET', `${await uploaded(endless)}?width=32&format=webp`)
  t.match(await framesOf(answer.bytes), { pages: 2, loop: 0 })
})

t.test('other formats and animations of more pixels show the first frame', async t => {
  const file = await uploaded(gif)
  for (const format of ['png', 'jpeg', 'avif']) t.equal((await pagesOf(file, `width=32&format=${format}`)).pages, 1)
  const longer = animatedGif({ ...full, palette, loop: 1, frames: [...FRAMES, ...FRAMES.slice(0, 1)] })
  t.equal((await pagesOf(await uploaded(longer), 'width=32&format=webp')).pages, 1, 'five frames have 10,240 pixels')
  const flat = { width: WIDTH, height: 8 }
  const low = animatedGif({
    ...flat,
    palette,
    loop: 1,
    frames: FRAMES.map(frame => ({ ...frame, ...flat, left: 0 })),
  })
  const lowFile = await uploaded(low)
  t.equal((await pagesOf(lowFile, 'width=64&format=webp')).pages, 4)
  t.equal((await pagesOf(lowFile, 'width=64&height=64&fit=contain&format=webp')).pages, 1, 'the canvas is larger')
})

t.test('Accept chooses WebP for an animation where no other format has more weight', async t => {
  const file = await uploaded(gif)
  const cases: [string, string][] = [
    ['*/*', 'webp'],
    ['image/avif,image/webp,*/*;q=0.8', 'webp'],
    ['image/png,image/*;q=0.8', 'png'],
    ['image/webp;q=0,*/*', 'png'],
  ]
  for (const [accept, format] of cases) t.equal((await pagesOf(file, 'width=32', { accept })).format, format, accept)
})

t.test('by default renditions are stills, and a change of the setting gives other renditions', async t => {
  const file = await uploaded(gif)
  const url = `${file}?width=32&format=webp`
  const DATABASE = world.database.db.databaseName
  const still = await openWorld(t, { ...ENVIRONMENT, DATABASE })
  const smaller = await openWorld(t, { ...ENVIRONMENT, DATABASE, MAX_ANIMATION_PIXELS: '8191' })
  const pages = async ({ asks }: Pick<typeof world, 'asks'>) => {
    const { bytes, headers } = await asks('GET', url)
    return { pages: (await sharp(bytes).metadata()).pages ?? 1, etag: headers.get('etag') }
  }
  const animated = await pages(world)
  t.equal(animated.pages, 4)
  for (const other of [still, smaller]) {
    const { pages: count, etag } = await pages(other)
    t.equal(count, 1)
    t.not(etag, animated.etag)
  }
  t.same(await pages(world), animated)
  const accepted = await still.asks('GET', `${file}?width=32`)
  t.equal(accepted.headers.get('content-type'), 'image/png', 'WebP is not preferred')
})

t.test('an animation that is damaged behind its first frame, or has an orientation, gives a still', async t => {
  const damaged = await sharp(gif, { animated: true }).webp({ lossless: true }).toBuffer()
  // The bits of the second frame, behind the heads of its chunks.
  const bits = damaged.indexOf('ANMF', damaged.indexOf('ANMF') + 4) + 8 + 16 + 8 + 5
  damaged.fill(0xff, bits, bits + 6)
  t.equal((await pagesOf(await uploaded(damaged), 'width=32&format=webp')).pages, 1, 'damaged')
  const turned = await sharp(gif, { animated: true })
    .withMetadata({ orientation: 6 })
    .webp({ lossless: true })
    .toBuffer()
  t.equal((await pagesOf(await uploaded(turned), 'width=32&format=webp')).pages, 1, 'turned')
})

t.test('an animated rendition that runs out of time is answered like a still', async t => {
  class Overloaded extends Decoder {
    override openAnimation(): never {
      throw new Error('timeout: 3% complete')
    }
  }
  await withTemporaryFolder(async folder => {
    const path = join(folder, 'picture')
    await writeFile(path, gif)
    const rendition = { width: 32, height: 16, fit: 'inside', format: 'webp', animationPixels: LIMIT } as const
    await t.rejects(encode(path, rendition, new Overloaded(LIMIT)), { code: 'unavailable' })
  })
})
