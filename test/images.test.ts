import { connect as dial } from 'node:net'
import t from 'tap'
import { Blobs } from '../src/images/blobs.ts'
import { Intents } from '../src/images/intents.ts'
import { noise, sha256 } from './helpers/pictures.ts'
import { until } from './helpers/until.ts'
import { openWorld } from './helpers/world.ts'

const world = await openWorld(t, { MAX_UPLOAD_BYTES: '8000000', MAX_IMAGE_PIXELS: '8000000' })
const { asks, database } = world
const ann = await world.signsUp('ann')
const bob = await world.signsUp('bob')
const small = await noise(64, 48)

const count = (name: string) => database.db.collection(name).countDocuments()

/** Every blob belongs to an image, and no upload is left open. */
async function nothingIsLeft(): Promise<boolean> {
  const blobIds = await database.db.collection('images').distinct('blobId')
  const orphans = await database.db.collection('blobs.chunks').countDocuments({ files_id: { $nin: blobIds } })
  const files = await database.db.collection('blobs.files').countDocuments({ _id: { $nin: blobIds } })
  return orphans === 0 && files === 0 && (await count('uploads')) === 0
}

t.test('a photograph of several MB comes back as it went', async t => {
  const bytes = await noise(1400, 1100)
  t.ok(bytes.length > 3_000_000)
  const { status, headers, body } = await ann.uploads(bytes, { title: 'Noise', tags: ['a', 'b', 'a'] })
  t.equal(status, 201)
  t.equal(headers.get('location'), body.links.self)
  t.match(body, {
    title: 'Noise',
    tags: ['a', 'b'],
    mediaType: 'image/jpeg',
    width: 1400,
    height: 1100,
    visibility: 'public',
  })
  t.equal(body.sha256, sha256(bytes))
  const file = await asks('GET', body.links.file)
  t.equal(sha256(file.bytes), sha256(bytes))
  t.equal(file.headers.get('content-type'), 'image/jpeg')
  t.match(file.headers.get('content-security-policy'), /sandbox/)
  t.equal(file.headers.get('x-content-type-options'), 'nosniff')
  t.ok(await nothingIsLeft())
})

t.test('every supported type is known by its bytes', async t => {
  for (const format of ['png', 'webp', 'gif', 'avif'] as const) {
    const { status, body } = await ann.uploads(await noise(40, 30, format))
    t.equal(status, 201, format)
    t.match(body, { mediaType: `image/${format}`, width: 40, height: 30 }, format)
  }
})

t.test('the same bytes of the same owner are one image, however many come at once', async t => {
  const bytes = await noise(90, 90)
  const answers = await Promise.all(Array.from({ length: 12 }, () => bob.uploads(bytes)))
  t.equal(new Set(answers.map(({ body }) => body.id)).size, 1)
  t.same(answers.map(({ status }) => status).sort(), [...Array(11).fill(200), 201])
  t.equal((await ann.uploads(bytes)).status, 201, 'another owner has an image of his own')
  t.ok(await nothingIsLeft())
})

const CRLF = '\r\n'

/** Sends a raw body in pieces over a socket and gives the status line, or '' when the connection just ended. */
function raw(token: string, type: string, pieces: (string | Buffer)[], hangUp = false): Promise<string> {
  const { hostname, port } = new URL(world.url)
  const body = pieces.map(piece => Buffer.from(piece as string))
  const length = body.reduce((sum, piece) => sum + piece.length, 0) + (hangUp ? 1000 : 0)
  return new Promise(resolve => {
    let answer = ''
    const socket = dial(Number(port), hostname, async () => {
      socket.setNoDelay(true)
      const head = ['POST /v1/images HTTP/1.1', 'host: x', `authorization: Bearer ${token}`, `content-type: ${type}`]
      socket.write([...head, `content-length: ${length}`, 'connection: close', '', ''].join(CRLF))
      for (const piece of body) await new Promise(written => socket.write(piece, written))
      if (hangUp) socket.destroy()
    })
    socket.on('data', data => {
      answer += data
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(answer))
  })
}

const part = (name: string, value: string | Buffer, fileName?: string) => [
  `--b${CRLF}content-disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}${CRLF}${CRLF}`,
  value,
  CRLF,
]
const END = `--b--${CRLF}`
const FORM = 'multipart/form-data; boundary=b'

t.test('fields may come before and after the file, in pieces of any size', async t => {
  const bytes = await noise(70, 50)
  const whole = Buffer.concat(
    [...part('title', 'before'), ...part('file', bytes, 'x.jpg'), ...part('altText', 'after'), END].map(piece =>
      Buffer.from(piece as string),
    ),
  )
  const pieces = Array.from({ length: Math.ceil(whole.length / 700) }, (_, i) => whole.subarray(i * 700, i * 700 + 700))
  const answer = await raw(ann.token, FORM, pieces)
  t.match(answer, /^HTTP\/1.1 201/)
  t.match(answer, /"title":"before"/)
  t.match(answer, /"altText":"after"/)
})

t.test('what is wrong with an upload is said, and leaves nothing', async t => {
  const before = await count('images')
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
  const big = await noise(1800, 1600, 'png')
  const cases: [string, string, (string | Buffer)[], number, string][] = [
    ['no file', FORM, [...part('title', 'x'), END], 400, 'file_missing'],
    ['an empty file', FORM, [...part('file', '', 'x.jpg'), END], 400, 'file_empty'],
    ['two files', FORM, [...part('file', small, 'x.jpg'), ...part('file', small, 'y.jpg'), END], 400, 'file_repeated'],
    ['a file of another name', FORM, [...part('picture', small, 'x.jpg'), END], 400, 'invalid_request'],
    ['no boundary', 'multipart/form-data', [...part('file', small, 'x.jpg'), END], 400, 'malformed_multipart'],
    ['no end', FORM, part('file', small, 'x.jpg'), 400, 'malformed_multipart'],
    ['not multipart', 'application/json', ['{}'], 415, 'unsupported_media_type'],
    ['SVG', FORM, [...part('file', svg, 'x.png'), END], 415, 'unsupported_image'],
    ['HTML as JPEG', FORM, [...part('file', '<html><script>1</script>', 'x.jpg'), END], 415, 'unsupported_image'],
    ['a truncated JPEG', FORM, [...part('file', small.subarray(0, 200), 'x.jpg'), END], 422, 'corrupt_image'],
    ['too many pixels', FORM, [...part('file', await bomb(), 'x.png'), END], 422, 'image_too_large'],
    ['too many bytes', FORM, [...part('file', big, 'x.png'), END], 413, 'file_too_large'],
    ['an unknown field', FORM, [...part('file', small, 'x.jpg'), ...part('owner', 'me'), END], 400, 'invalid_request'],
    [
      'a field twice',
      FORM,
      [...part('file', small, 'x.jpg'), ...part('title', 'a'), ...part('title', 'b'), END],
      400,
      'invalid_request',
    ],
    [
      'a field too long',
      FORM,
      [...part('file', small, 'x.jpg'), ...part('description', 'x'.repeat(20_000)), END],
      413,
      'field_too_large',
    ],
    [
      'a wrong visibility',
      FORM,
      [...part('file', small, 'x.jpg'), ...part('visibility', 'secret'), END],
      400,
      'invalid_request',
    ],
    [
      'a NUL in the title',
      FORM,
      [...part('file', small, 'x.jpg'), ...part('title', 'a\u0000b'), END],
      400,
      'invalid_request',
    ],
    [
      'another sum',
      FORM,
      [...part('sha256', '0'.repeat(64)), ...part('file', small, 'x.jpg'), END],
      400,
      'sha256_mismatch',
    ],
  ]
  t.ok(big.length > 8_000_000)
  for (const [name, type, pieces, status, code] of cases) {
    const answer = await raw(ann.token, type, pieces)
    t.match(answer, new RegExp(`^HTTP/1.1 ${status} `), name)
    t.match(answer, `"code":"${code}"`, name)
  }
  await until('the store to be clean', nothingIsLeft)
  t.equal(await count('images'), before)
})

async function bomb(): Promise<Buffer> {
  const { default: sharp } = await import('sharp')
  const create = { width: 4000, height: 4000, channels: 3 as const, background: '#000' }
  return sharp({ create }).png().toBuffer()
}

t.test('who hangs up midway leaves nothing', async t => {
  const bytes = await noise(900, 700)
  for (const share of [0.1, 0.5, 0.9]) {
    const pieces = part('file', bytes.subarray(0, Math.floor(bytes.length * share)), 'x.jpg').slice(0, 2)
    await raw(ann.token, FORM, pieces, true)
  }
  await until('the store to be clean', nothingIsLeft)
  t.pass()
})

t.test('a private image is there for its owner and for nobody else', async t => {
  const { body } = await ann.uploads(await noise(33, 33), { visibility: 'private' })
  for (const path of [body.links.self, body.links.file]) {
    t.equal((await asks('GET', path, { token: ann.token })).status, 200)
    t.equal((await asks('GET', path, { token: bob.token })).status, 404)
    t.equal((await asks('GET', path)).status, 404)
  }
  const file = await asks('GET', body.links.file, { token: ann.token })
  t.equal(file.headers.get('cache-control'), 'private, no-cache')
  const listed = await asks('GET', `/v1/images?owner=${ann.id}&limit=100`, { token: ann.token })
  t.ok(listed.body.items.some((item: { id: string }) => item.id === body.id))
  const others = await asks('GET', `/v1/images?owner=${ann.id}&limit=100`, { token: bob.token })
  t.notOk(others.body.items.some((item: { id: string }) => item.id === body.id))
})

t.test('conditions and ranges are honoured', async t => {
  const { body } = await bob.uploads(small)
  const { file } = body.links
  const etag = `"${body.sha256}"`
  const size = small.length
  const get = (headers: Record<string, string>, method = 'GET') => asks(method, file, { headers })
  t.equal((await get({ 'if-none-match': etag })).status, 304)
  t.equal((await get({ 'if-none-match': `"other", W/${etag}` })).status, 304)
  t.equal((await get({ 'if-none-match': '"other"' })).status, 200)
  t.equal((await get({ 'if-modified-since': new Date().toUTCString() })).status, 304)
  const ranges: [string, number, string | null, Buffer][] = [
    ['bytes=0-9', 206, `bytes 0-9/${size}`, small.subarray(0, 10)],
    ['bytes=10-', 206, `bytes 10-${size - 1}/${size}`, small.subarray(10)],
    ['bytes=-5', 206, `bytes ${size - 5}-${size - 1}/${size}`, small.subarray(-5)],
    [`bytes=5-${size * 2}`, 206, `bytes 5-${size - 1}/${size}`, small.subarray(5)],
    ['bytes=0-1,4-5', 200, null, small],
    ['bytes=9-1', 200, null, small],
    ['lines=1-2', 200, null, small],
  ]
  for (const [range, status, contentRange, bytes] of ranges) {
    const answer = await get({ range })
    t.equal(answer.status, status, range)
    t.equal(answer.headers.get('content-range'), contentRange, range)
    t.ok(answer.bytes.equals(bytes), range)
  }
  const outside = await get({ range: `bytes=${size}-` })
  t.equal(outside.status, 416)
  t.equal(outside.headers.get('content-range'), `bytes */${size}`)
  t.equal((await get({ range: 'bytes=0-1', 'if-range': etag })).status, 206)
  t.equal((await get({ range: 'bytes=0-1', 'if-range': '"other"' })).status, 200)
  const head = await get({}, 'HEAD')
  t.equal(head.headers.get('content-length'), String(size))
  t.equal(head.bytes.length, 0)
})

t.test('pages neither repeat nor hide anything while others upload', async t => {
  const owner = await world.signsUp('pages')
  for (let i = 0; i < 7; i++) await owner.uploads(await noise(20 + i, 20))
  const seen: string[] = []
  let cursor = ''
  for (let turn = 0; turn < 9 && (turn === 0 || cursor); turn++) {
    const { body } = await asks('GET', `/v1/images?owner=${owner.id}&limit=3${cursor && `&cursor=${cursor}`}`)
    seen.push(...body.items.map((item: { id: string }) => item.id))
    cursor = body.nextCursor ?? ''
    if (turn === 0) await owner.uploads(await noise(50, 51))
  }
  t.equal(seen.length, 7)
  t.equal(new Set(seen).size, 7)
})

t.test('a sweep removes what a dead process left, and what wakes up after it is refused', async t => {
  const blobs = new Blobs(database.db)
  const intents = new Intents(database.client, database.db, blobs, 600_000)
  const later = Date.now() + 21 * 60_000
  const asleep = intents.whileOpen(async ({ blob, place }) => {
    await blob.write(Buffer.alloc(2_000_000))
    t.equal(await intents.sweep(), 0, 'a young upload is left alone')
    t.equal(await intents.sweep(later), 1)
    t.ok(await nothingIsLeft())
    await blob.write(Buffer.alloc(2_000_000))
    await blob.end()
    await place({ imageId: 'none', kind: 'original' }, async () => undefined)
  })
  await t.rejects(asleep, { code: 'unavailable' })
  t.ok(await nothingIsLeft(), 'what it wrote after it woke up is gone as well')
})
