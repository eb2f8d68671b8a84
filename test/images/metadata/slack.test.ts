import sharp from 'sharp'
import t from 'tap'
import { strip } from '../../helpers/images/strip.ts'
import { gifBody, noise, photograph } from '../../helpers/pictures.ts'

const MODES = ['gps', 'all'] as const

/** The pixels of the first page, decoded as uploads are. */
const decoded = (bytes: Buffer) => sharp(bytes, { failOn: 'error' }).raw().toBuffer()

t.test('what follows the pixels may be damaged or missing, as decoders accept it', async t => {
  const png = await photograph(24, 16, 'png')
  const avif = await photograph(24, 16, 'avif')
  const garbage = Buffer.from('\0\0\0\u0003 a secret place', 'latin1')
  const box = Buffer.from('\0\0\u00ffffmdat a secret place', 'latin1')
  const unknown = Buffer.from('\0\0\u00ffffuuid a secret place', 'latin1')
  const loose: Record<string, Buffer> = {
    'PNG without its end': png.subarray(0, -12),
    'PNG with half an end': png.subarray(0, -6),
    'PNG with garbage instead of its end': Buffer.concat([png.subarray(0, -12), garbage]),
    'AVIF with a few more bytes': Buffer.concat([avif, garbage.subarray(0, 5)]),
    'AVIF with garbage': Buffer.concat([avif, garbage]),
    'AVIF with an incomplete box': Buffer.concat([avif, unknown]),
    'AVIF with incomplete media data': Buffer.concat([avif, box.subarray(0, 8)]),
  }
  for (const [name, bytes] of Object.entries(loose)) {
    const pixels = await decoded(bytes)
    for (const mode of MODES) {
      const left = await strip(bytes, mode)
      t.notOk(left.includes('secret'), `${name}, ${mode}`)
      t.ok((await decoded(left)).equals(pixels), `${name}, ${mode}: the same pixels`)
    }
  }
})

const extension = (label: number, text: string) =>
  Buffer.concat([Buffer.from([0x21, label, text.length]), Buffer.from(`${text}\0`)])

t.test('a GIF that is damaged after its first frame ends with its last intact one', async t => {
  const frames = await sharp(await noise(20, 48))
    .raw()
    .toBuffer()
  const raw = { width: 20, height: 48, channels: 3 as const, pageHeight: 16 }
  const gif = await sharp(frames, { raw })
    .gif({ delay: [50, 50, 50] })
    .toBuffer()
  const endless = gif.subarray(0, -1)
  const lastFrame = gif.lastIndexOf(Buffer.from([0x21, 0xf9, 4]))
  const cases: [string, Buffer, number][] = [
    ['no trailer', endless, 3],
    ['cut within the last frame', gif.subarray(0, -20), 2],
    ['cut within an extension', gif.subarray(0, lastFrame + 4), 2],
    ['a block of an unknown kind', Buffer.concat([gif.subarray(0, lastFrame), Buffer.from('a secret')]), 2],
  ]
  for (const [name, bytes, pages] of cases) {
    for (const mode of MODES) {
      const left = await strip(bytes, mode)
      t.equal((await sharp(left, { pages: -1 }).metadata()).pages, pages, `${name}, ${mode}`)
      await sharp(left, { pages: -1, failOn: 'error' }).raw().toBuffer()
      t.notOk(left.includes('secret'), name)
    }
  }
})

t.test('a GIF keeps the extensions that display needs only', async t => {
  const gif = await noise(20, 16, 'gif')
  const at = gifBody(gif)
  const labels = [0x01, 0x00, 0xaa, 0xfb, 0xff]
  const secrets = labels.map(label => extension(label, 'a secret place'))
  const annotated = Buffer.concat([gif.subarray(0, at), ...secrets, extension(0xff, 'NETSCAPE2.0'), gif.subarray(at)])
  for (const mode of MODES) {
    const left = await strip(annotated, mode)
    t.notOk(left.includes('secret'), mode)
    t.ok(left.includes('NETSCAPE2.0'), mode)
  }
})
