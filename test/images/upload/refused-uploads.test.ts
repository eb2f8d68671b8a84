import { writeFile } from 'node:fs/promises'
import { connect as dial } from 'node:net'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { Decoder } from '../../../src/images/decoding/decoder.ts'
import { inspect } from '../../../src/images/upload/inspect.ts'
import { withTemporaryFolder } from '../../../src/lib/temporary-folder.ts'
import { noUploadIsLeft } from '../../helpers/images/leftovers.ts'
import {
  FORM_END,
  FORM_TYPE,
  filePart,
  joined,
  jsonPart,
  type Pieces,
  part,
  sendUpload,
  uploadHead,
} from '../../helpers/images/multipart.ts'
import { noise } from '../../helpers/pictures.ts'
import { until } from '../../helpers/until.ts'
import { openWorld } from '../../helpers/world.ts'

const world = await openWorld(t, { MAX_UPLOAD_BYTES: '8000000', MAX_IMAGE_PIXELS: '8000000' })
const impatient = await openWorld(t, { UPLOAD_SECONDS: '1' })
const { asks, database } = world
const ann = await world.signsUp('ann')
/** Sends an upload as a raw request body. */
const send = (pieces: Pieces, contentType = FORM_TYPE, hangUp = false) =>
  sendUpload(world.url, ann.token, contentType, pieces, hangUp)
const small = await noise(64, 48)

const count = (name: string) => database.db.collection(name).countDocuments()
/** The pieces that `make` gives for each number below `count`. */
const times = (count: number, make: (i: number) => Pieces) => Array.from({ length: count }, (_, i) => make(i)).flat()

t.test('a faulty upload is refused with its reason and leaves nothing in the database', async t => {
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
  // The fault, the body, and the expected status and code.
  const cases: [string, Pieces, number, string][] = [
    ['no part', [FORM_END], 400, 'file_missing'],
    ['no file', [...part('title', 'x'), FORM_END], 400, 'file_missing'],
    ['an empty file', [...filePart(''), FORM_END], 400, 'file_empty'],
    ['two files', [...filePart(small), ...filePart(small), FORM_END], 400, 'file_repeated'],
    ['two files, the second large', [...filePart(small), ...filePart(big), FORM_END], 400, 'file_repeated'],
    ['a file in a field of another name', [...part('picture', small, 'x.jpg'), FORM_END], 400, 'invalid_request'],
    ['no closing boundary', filePart(small), 400, 'malformed_multipart'],
    ['an end within the header of a part', ['--b\r\ncontent-disposition: form-da'], 400, 'malformed_multipart'],
    ['too many bytes', [...filePart(big), FORM_END], 413, 'file_too_large'],
    ['too many fields', [...times(61, () => part('tags', 'a')), ...filePart(small), FORM_END], 413, 'too_many_fields'],
    ['too many parts', [...times(80, () => ['--b\r\n\r\nx\r\n']), ...filePart(small), FORM_END], 413, 'too_many_parts'],
    [
      'a field that is too long',
      [...filePart(small), ...part('title', 'x'.repeat(20_001)), FORM_END],
      413,
      'field_too_large',
    ],
    ['a field of JSON', [...filePart(small), ...jsonPart('title', '{"a":1}'), FORM_END], 400, 'invalid_request'],
    ['a field of octets that are no UTF-8', [...part('title', Buffer.from([0xe9])), FORM_END], 400, 'invalid_request'],
    [
      'a title that is too long',
      [...filePart(small), ...part('title', 'x'.repeat(201)), FORM_END],
      400,
      'invalid_request',
    ],
    ['too many tags', [...filePart(small), ...times(31, i => part('tags', `t${i}`)), FORM_END], 400, 'invalid_request'],
    ['an unknown field', [...filePart(small), ...part('owner', 'me'), FORM_END], 400, 'invalid_request'],
    ['the field name __proto__', [...filePart(small), ...part('__proto__', 'me'), FORM_END], 400, 'invalid_request'],
    [
      'a field twice',
      [...filePart(small), ...part('title', 'a'), ...part('title', 'b'), FORM_END],
      400,
      'invalid_request',
    ],
    ['a wrong visibility', [...filePart(small), ...part('visibility', 'secret'), FORM_END], 400, 'invalid_request'],
    ['a NUL in the title', [...filePart(small), ...part('title', 'a\u0000b'), FORM_END], 400, 'invalid_request'],
    ['an invalid checksum', [...part('sha256', 'abc'), ...filePart(small), FORM_END], 400, 'invalid_request'],
    [
      'the checksum of other bytes',
      [...part('sha256', '0'.repeat(64)), ...filePart(small), FORM_END],
      400,
      'sha256_mismatch',
    ],
    ['SVG', [...filePart(svg, 'x.png'), FORM_END], 415, 'unsupported_image'],
    ['an SVG bomb', [...filePart(svgBomb), FORM_END], 415, 'unsupported_image'],
    ['HTML as JPEG', [...filePart('<html><script>1</script>'), FORM_END], 415, 'unsupported_image'],
    ['a zip as PNG', [...filePart(zip, 'x.png'), FORM_END], 415, 'unsupported_image'],
    ['text', [...filePart('I am a picture'), FORM_END], 415, 'unsupported_image'],
    ['a truncated JPEG', [...filePart(small.subarray(0, 200)), FORM_END], 422, 'corrupt_image'],
    ['half a JPEG', [...filePart(small.subarray(0, small.length / 2)), FORM_END], 422, 'corrupt_image'],
    ['a truncated PNG', [...filePart(png.subarray(0, 1000), 'x.png'), FORM_END], 422, 'corrupt_image'],
    [
      'a PNG that is only its signature',
      [...filePart(png.subarray(0, 8), 'x.png'), FORM_END],
      415,
      'unsupported_image',
    ],
    ['too many pixels', [...filePart(bomb, 'x.png'), FORM_END], 422, 'image_too_large'],
  ]
  const isRefused = async (name: string, contentType: string, pieces: Pieces, status: number, code: string) => {
    const answer = await send(pieces, contentType)
    t.match(answer, new RegExp(`^HTTP/1.1 ${status} `), name)
    t.match(answer, `"code":"${code}"`, name)
  }
  for (const [name, pieces, status, code] of cases) await isRefused(name, FORM_TYPE, pieces, status, code)
  await isRefused('no boundary', 'multipart/form-data', [...filePart(small), FORM_END], 400, 'malformed_multipart')
  await isRefused(
    'another boundary',
    'multipart/form-data; boundary=c',
    [...filePart(small), FORM_END],
    400,
    'malformed_multipart',
  )
  await isRefused('not multipart', 'application/json', ['{}'], 415, 'unsupported_media_type')
  await until('no upload is left', () => noUploadIsLeft(database.db))
  t.equal(await count('images'), before)
})

t.test('an upload that takes too long is answered with 408, within the file and between the parts', async t => {
  const { hostname, port } = new URL(impatient.url)
  const bea = await impatient.signsUp('bea')
  for (const beginning of [filePart(small).slice(0, 2), part('title', 'x')]) {
    const answer = await new Promise<string>(resolve => {
      const socket = dial(Number(port), hostname)
      socket.write([...uploadHead(bea.token, FORM_TYPE), 'content-length: 99999', '', ''].join('\r\n'))
      for (const piece of beginning) socket.write(piece)
      socket.once('data', data => resolve(data.toString())).once('close', () => resolve(''))
      socket.once('data', () => socket.destroy())
    })
    t.match(answer, /^HTTP\/1.1 408 /)
    t.match(answer, /"code":"request_timeout"/)
  }
  const left = () => impatient.database.db.collection('blobs.chunks').countDocuments({})
  await until('no chunk is left', async () => (await left()) === 0)
})

t.test('the rest of a refused upload is read, so that its connection can be used again', async t => {
  const big = await noise(1800, 1600, 'png')
  for (let turn = 0; turn < 3; turn++) t.equal((await ann.uploads(big)).body.code, 'file_too_large')
  t.equal((await asks('GET', '/livez')).status, 200)
})

t.test('uploads whose connections close midway leave nothing in the database', async t => {
  const before = await count('images')
  const bytes = await noise(1400, 1000)
  t.ok(bytes.length > 1_100_000, 'longer than a chunk')
  const whole = joined([...part('title', 'x'), ...filePart(bytes)])
  const hangUps = Array.from({ length: 20 }, (_, i) =>
    send([whole.subarray(0, Math.floor((whole.length * i) / 20))], FORM_TYPE, true),
  )
  await Promise.all(hangUps)
  await until('no upload is left', () => noUploadIsLeft(database.db))
  t.equal(await count('images'), before)
})

t.test("the decoder's messages are not passed on, and its own faults are not blamed on the client", async t => {
  const cut = await ann.uploads(small.subarray(0, small.length / 2))
  t.match(cut, { status: 422, body: { code: 'corrupt_image' } })
  t.notMatch(cut.body.detail, /tmp|glance|sent/)
  await withTemporaryFolder(async folder => {
    const path = join(folder, 'sent')
    await writeFile(path, small)
    class Forgetful extends Decoder {
      override open() {
        return super.open(join(folder, 'gone'))
      }
    }
    await t.rejects(inspect(path, new Forgetful(1_000_000), { client: 'ann' }), { message: /missing/, code: undefined })
    class Slow extends Decoder {
      override open(): never {
        throw new Error('timeout: 3% complete')
      }
    }
    await t.rejects(inspect(path, new Slow(1_000_000), { client: 'ann' }), { code: 'unavailable' })
  })
})
