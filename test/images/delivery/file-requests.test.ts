import sharp from 'sharp'
import t from 'tap'
import { noise, photograph, pixels, sha256 } from '../../helpers/pictures.ts'
import { openWorld } from '../../helpers/world.ts'

const world = await openWorld(t, { RENDITION_SIZES: '50,100,400' })
const { asks } = world
const ann = await world.signsUp('ann')
const photo = await noise(400, 300)
const { body: image } = await ann.uploads(photo)
const { file } = image.links

t.test('unknown parameters of a file are ignored', async t => {
  for (const query of ['v=1', 'utm_source=mail', 'size=3&size=4', 'download=0', '_=']) {
    const { status, bytes } = await asks('GET', `${file}?${query}`)
    t.equal(status, 200, query)
    t.ok(bytes.equals(photo), query)
  }
  const rendition = await asks('GET', `${file}?width=50&format=webp&v=1`)
  t.equal(rendition.headers.get('content-type'), 'image/webp')
  t.equal((await asks('GET', `${image.links.self}?v=1`)).status, 400, 'other routes know their parameters')
})

t.test('a file can be asked for as a download under its name', async t => {
  const named = async (query: string) => (await asks('GET', file + query)).headers.get('content-disposition')
  t.match(await named(''), /^inline; filename="picture.bin"/)
  t.match(await named('?download=1'), /^attachment; filename="picture.bin"; filename\*=UTF-8''picture.bin$/)
  t.match(await named('?download=1&width=50&format=webp'), /^attachment; filename="picture.webp"/)
  const head = await asks('HEAD', `${file}?download=1`)
  t.match(head.headers.get('content-disposition'), /^attachment/)
})

t.test('a file is sent only if it is the one that If-Match and If-Unmodified-Since require', async t => {
  const etag = `"${image.sha256}"`
  const modified = (await asks('HEAD', file)).headers.get('last-modified') ?? ''
  const old = new Date(0).toUTCString()
  const cases: [Record<string, string>, number][] = [
    [{ 'if-match': etag }, 200],
    [{ 'if-match': `"other", ${etag}` }, 200],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': '"other"' }, 412],
    [{ 'if-match': `W/${etag}` }, 412],
    [{ 'if-match': '"other"', 'if-none-match': etag }, 412],
    [{ 'if-match': etag, 'if-none-match': etag }, 304],
    [{ 'if-match': etag, 'if-unmodified-since': old }, 200],
    [{ 'if-match': etag, range: 'bytes=0-1' }, 206],
    [{ 'if-unmodified-since': modified }, 200],
    [{ 'if-unmodified-since': old }, 412],
    [{ 'if-unmodified-since': 'nonsense' }, 200],
  ]
  for (const [headers, status] of cases) {
    for (const method of ['GET', 'HEAD']) {
      const answer = await asks(method, file, { headers })
      const expected = method === 'HEAD' && status === 206 ? 200 : status
      t.equal(answer.status, expected, `${method} ${JSON.stringify(headers)}`)
      if (status === 412) t.equal(answer.headers.get('etag'), null)
    }
  }
  const rendition = await asks('GET', `${file}?width=50&format=webp`, { headers: { 'if-match': etag } })
  t.match(rendition, { status: 412, body: { code: 'precondition_failed' } }, 'a rendition is another file')
})

t.test('a canvas has the background asked for, and a crop the ratio asked for', async t => {
  const get = async (query: string) => {
    const { bytes } = await asks('GET', `${file}?${query}`)
    const { width, height, format } = await sharp(bytes).metadata()
    const [red, , , alpha] = await sharp(bytes).ensureAlpha().raw().toBuffer()
    return { size: `${width}x${height}`, format, red, alpha }
  }
  const square = 'width=90&height=90&fit=contain'
  t.same(await get(`${square}&format=png`), { size: '100x100', format: 'png', red: 0, alpha: 0 })
  t.same(await get(`${square}&format=png&background=black`), { size: '100x100', format: 'png', red: 0, alpha: 255 })
  const { red = 0, ...jpeg } = await get(`${square}&format=jpeg`)
  t.same(jpeg, { size: '100x100', format: 'jpeg', alpha: 255 })
  t.ok(red > 240, 'white, apart from losses')
  t.match(await get('width=30&height=20&fit=cover&dpr=3&format=webp'), { size: '100x67', format: 'webp' })
  const sizes = await Promise.all(
    [50, 80, 95].map(
      async quality => (await asks('GET', `${file}?width=400&format=jpeg&quality=${quality}`)).bytes.length,
    ),
  )
  t.same(
    sizes,
    [...sizes].sort((a, b) => a - b),
    'more quality takes more bytes',
  )
  t.equal(new Set(sizes).size, 3)
})

t.test('by default the stored file does not tell where it was taken', async t => {
  const bytes = await photograph(200, 150)
  const { body } = await ann.uploads(bytes)
  t.match(body, { camera: 'Glance One', orientation: 6 })
  const stored = await asks('GET', body.links.file)
  t.equal(sha256(stored.bytes), body.sha256)
  t.not(body.sha256, sha256(bytes))
  t.notOk(stored.bytes.includes('GPSLatitude'))
  t.ok((await pixels(stored.bytes)).equals(await pixels(bytes)))
  t.equal((await ann.uploads(bytes)).status, 200, 'the file that was sent is recognized')
  const found = await asks('GET', `/v1/images?sha256=${sha256(bytes)}`, { token: ann.token })
  t.equal(found.body.items.length, 1)
})
