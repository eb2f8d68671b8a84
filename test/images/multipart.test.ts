import { connect as dial } from 'node:net'
import sharp from 'sharp'
import t from 'tap'
import { nothingIsLeft } from '../helpers/images.ts'
import { gifBody, noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t, { MAX_UPLOAD_BYTES: '8000000', MAX_IMAGE_PIXELS: '8000000' })
const hasty = await openWorld(t, { UPLOAD_SECONDS: '1' })
const { asks, database } = world
const ann = await world.signsUp('ann')
const small = await noise(64, 48)

const count = (name: string) => database.db.collection(name).countDocuments()

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
const jsonPart = (name: string, value: string) =>
  [`--b${CRLF}content-disposition: form-data; name="${name}"${CRLF}content-type: application/json`, CRLF, CRLF].concat([
    value,
    CRLF,
  ])
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

type Pieces = (string | Buffer)[]
const file = (bytes: string | Buffer, fileName = 'x.jpg') => part('file', bytes, fileName)
const times = (count: number, make: (i: number) => Pieces) => Array.from({ length: count }, (_, i) => make(i)).flat()
/** A GIF of one frame, and the same frame so many times again. */
const manyFrames = async (frames: number) => {
  const gif = await sharp(Buffer.alloc(300), { raw: { width: 10, height: 10, channels: 3 } })
    .gif()
    .toBuffer()
  const body = gifBody(gif)
  const frame = gif.subarray(body, -1)
  return Buffer.concat([gif.subarray(0, body), ...Array<Buffer>(frames).fill(frame), Buffer.from([0x3b])])
}

t.test('what is wrong with an upload is said, and leaves nothing', async t => {
  const before = await count('images')
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
  const uses = times(9, i => [`<g id="g${i + 1}">${`<use href="#g${i}"/>`.repeat(9)}</g>`]).join('')
  const svgBomb = `<svg xmlns="http://www.w3.org/2000/svg"><defs><rect id="g0"/>${uses}</defs><use href="#g9"/></svg>`
  const zip = Buffer.concat([Buffer.from('504b030414000000', 'hex'), Buffer.alloc(500)])
  const png = await noise(30, 30, 'png')
  const big = await noise(1800, 1600, 'png')
  const black = { width: 4000, height: 4000, channels: 3 as const, background: '#000' }
  const bomb = await sharp({ create: black }).png().toBuffer()
  t.ok(big.length > 8_000_000 && bomb.length < 100_000)
  // What is sent, the whole body, and what is answered.
  const cases: [string, Pieces, number, string][] = [
    ['no part at all', [END], 400, 'file_missing'],
    ['no file', [...part('title', 'x'), END], 400, 'file_missing'],
    ['an empty file', [...file(''), END], 400, 'file_empty'],
    ['two files', [...file(small), ...file(small), END], 400, 'file_repeated'],
    ['two files, the second large', [...file(small), ...file(big), END], 400, 'file_repeated'],
    ['a file of another name', [...part('picture', small, 'x.jpg'), END], 400, 'invalid_request'],
    ['no end', file(small), 400, 'malformed_multipart'],
    ['an end within the head of a part', ['--b\r\ncontent-disposition: form-da'], 400, 'malformed_multipart'],
    ['too many bytes', [...file(big), END], 413, 'file_too_large'],
    ['too many fields', [...times(61, () => part('tags', 'a')), ...file(small), END], 413, 'too_many_fields'],
    ['too many parts', [...times(80, () => ['--b\r\n\r\nx\r\n']), ...file(small), END], 413, 'too_many_parts'],
    ['a field too long', [...file(small), ...part('title', 'x'.repeat(20_001)), END], 413, 'field_too_large'],
    ['a field of JSON', [...file(small), ...jsonPart('title', '{"a":1}'), END], 400, 'invalid_request'],
    ['a field of broken JSON', [...file(small), ...jsonPart('title', '{"a'), END], 400, 'malformed_multipart'],
    ['more than a title may have', [...file(small), ...part('title', 'x'.repeat(201)), END], 400, 'invalid_request'],
    ['too many tags', [...file(small), ...times(31, i => part('tags', `t${i}`)), END], 400, 'invalid_request'],
    ['an unknown field', [...file(small), ...part('owner', 'me'), END], 400, 'invalid_request'],
    ['a name of Object', [...file(small), ...part('__proto__', 'me'), END], 400, 'malformed_multipart'],
    ['a field twice', [...file(small), ...part('title', 'a'), ...part('title', 'b'), END], 400, 'invalid_request'],
    ['a wrong visibility', [...file(small), ...part('visibility', 'secret'), END], 400, 'invalid_request'],
    ['a NUL in the title', [...file(small), ...part('title', 'a\u0000b'), END], 400, 'invalid_request'],
    ['a sum that is none', [...part('sha256', 'abc'), ...file(small), END], 400, 'invalid_request'],
    ['another sum', [...part('sha256', '0'.repeat(64)), ...file(small), END], 400, 'sha256_mismatch'],
    ['SVG', [...file(svg, 'x.png'), END], 415, 'unsupported_image'],
    ['an SVG bomb', [...file(svgBomb), END], 415, 'unsupported_image'],
    ['HTML as JPEG', [...file('<html><script>1</script>'), END], 415, 'unsupported_image'],
    ['a zip as PNG', [...file(zip, 'x.png'), END], 415, 'unsupported_image'],
    ['text', [...file('I am a picture'), END], 415, 'unsupported_image'],
    ['a truncated JPEG', [...file(small.subarray(0, 200)), END], 422, 'corrupt_image'],
    ['a JPEG without its second half', [...file(small.subarray(0, small.length / 2)), END], 422, 'corrupt_image'],
    ['a truncated PNG', [...file(png.subarray(0, 1000), 'x.png'), END], 422, 'corrupt_image'],
    ['a PNG that is only its signature', [...file(png.subarray(0, 8), 'x.png'), END], 415, 'unsupported_image'],
    ['too many pixels', [...file(bomb, 'x.png'), END], 422, 'image_too_large'],
  ]
  const answered = async (name: string, type: string, pieces: Pieces, status: number, code: string) => {
    const answer = await raw(ann.token, type, pieces)
    t.match(answer, new RegExp(`^HTTP/1.1 ${status} `), name)
    t.match(answer, `"code":"${code}"`, name)
  }
  for (const [name, pieces, status, code] of cases) await answered(name, FORM, pieces, status, code)
  await answered('no boundary', 'multipart/form-data', [...file(small), END], 400, 'malformed_multipart')
  await answered(
    'another boundary',
    'multipart/form-data; boundary=c',
    [...file(small), END],
    400,
    'malformed_multipart',
  )
  await answered('not multipart', 'application/json', ['{}'], 415, 'unsupported_media_type')
  await until('the store to be clean', () => nothingIsLeft(database.db))
  t.equal(await count('images'), before)
})

t.test('a description may be as long in an upload as in a change, whatever its characters', async t => {
  const description = '\u{1f600}'.repeat(5_000)
  const { status, body } = await ann.uploads(await noise(43, 41), { description })
  t.equal(status, 201)
  t.equal(body.description, description)
  t.equal((await ann.changes(body.id, { description })).status, 200)
})

t.test('a file name is cut between characters, and holds none that no text may hold', async t => {
  const names = [
    [`${'\u{1f600}'.repeat(300)}.jpg`, `${'\u{1f600}'.repeat(251)}.jpg`],
    ['a\u0000b\u0007.jpg', 'a_b_.jpg'],
  ]
  for (const [i, [sent = '', kept]] of names.entries()) {
    const answer = await raw(ann.token, FORM, [...file(await noise(44 + i, 41), sent), END])
    const { fileName, links } = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1))
    t.equal(fileName, kept)
    t.equal((await asks('GET', links.file)).status, 200)
  }
})

t.test('what is odd and yet an image is taken as what it is', async t => {
  const frames = await ann.uploads(await manyFrames(10_000))
  t.match(frames, { status: 201, body: { mediaType: 'image/gif', animated: true, width: 10, height: 10 } })
  const polyglot = Buffer.concat([await noise(40, 41), Buffer.from('504b030414000000', 'hex'), Buffer.from('<script>')])
  const { status, body } = await ann.uploads(polyglot)
  t.equal(status, 201)
  const { headers } = await asks('GET', body.links.file)
  t.equal(headers.get('content-type'), 'image/jpeg')
  t.equal(headers.get('x-content-type-options'), 'nosniff')
  t.match(headers.get('content-security-policy'), /^sandbox/)
  const misnamed = await raw(ann.token, FORM, [...file(await noise(42, 41, 'webp'), 'holiday.exe'), END])
  t.match(misnamed, /"mediaType":"image\/webp"/, 'neither the name nor the declared type counts')
})

t.test('an upload that takes too long is told so, in the file and between the parts', async t => {
  const { hostname, port } = new URL(hasty.url)
  const bea = await hasty.signsUp('bea')
  for (const beginning of [part('file', small, 'x.jpg').slice(0, 2), part('title', 'x')]) {
    const answer = await new Promise<string>(resolve => {
      const socket = dial(Number(port), hostname)
      const head = [
        'POST /v1/images HTTP/1.1',
        'host: x',
        `authorization: Bearer ${bea.token}`,
        `content-type: ${FORM}`,
      ]
      socket.write([...head, 'content-length: 99999', '', ''].join(CRLF))
      for (const piece of beginning) socket.write(piece)
      socket.once('data', data => resolve(data.toString())).once('close', () => resolve(''))
      socket.once('data', () => socket.destroy())
    })
    t.match(answer, /^HTTP\/1.1 408 /)
    t.match(answer, /"code":"request_timeout"/)
  }
  const left = () => hasty.database.db.collection('blobs.chunks').countDocuments({})
  await until('nothing is left', async () => (await left()) === 0)
})

t.test('who refuses an upload lets its sender finish, and then speaks with him again', async t => {
  const big = await noise(1800, 1600, 'png')
  for (let turn = 0; turn < 3; turn++) t.equal((await ann.uploads(big)).body.code, 'file_too_large')
  t.equal((await asks('GET', '/livez')).status, 200)
})

t.test('twenty that hang up midway, at once, leave nothing', async t => {
  const before = await count('images')
  const bytes = await noise(1400, 1000)
  t.ok(bytes.length > 1_100_000, 'more than a chunk')
  const whole = Buffer.concat([...part('title', 'x'), ...file(bytes)].map(piece => Buffer.from(piece as string)))
  const hangUps = Array.from({ length: 20 }, (_, i) =>
    raw(ann.token, FORM, [whole.subarray(0, Math.floor((whole.length * i) / 20))], true),
  )
  await Promise.all(hangUps)
  await until('the store to be clean', () => nothingIsLeft(database.db))
  t.equal(await count('images'), before)
})
