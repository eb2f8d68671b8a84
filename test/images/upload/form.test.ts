import { writeFile } from 'node:fs/promises'
import { connect as dial } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import sharp from 'sharp'
import t from 'tap'
import { mediaTypeOf } from '../../../src/images/upload/media-type.ts'
import { withTemporaryFolder } from '../../../src/lib/temporary-folder.ts'
import {
  FORM_END,
  FORM_TYPE,
  filePart,
  joined,
  type Pieces,
  part,
  sendUpload,
  uploadHead,
} from '../../helpers/images/multipart.ts'
import { box } from '../../helpers/images/parts.ts'
import { noise } from '../../helpers/pictures.ts'
import { until } from '../../helpers/until.ts'
import { openWorld } from '../../helpers/world.ts'

const world = await openWorld(t)
const ann = await world.signsUp('ann')
const small = await noise(64, 48)

/** Sends an upload as a raw request body. @returns the status and the JSON of the answer */
async function send(...pieces: Pieces) {
  const answer = await sendUpload(world.url, ann.token, FORM_TYPE, [...pieces, FORM_END])
  const body = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1))
  return { status: Number(answer.slice(9, 12)), body }
}

t.test('a faulty part is named, with what is wrong', async t => {
  const cases: [string, Pieces, string, RegExp][] = [
    ['an unknown field', [...filePart(small), ...part('owner', 'me')], '/owner', /"owner" is not a field/],
    ['an unknown empty field', [...filePart(small), ...part('owner', '')], '/owner', /"owner" is not a field/],
    ['a name with a slash', [...filePart(small), ...part('a/b~c', 'me')], '/a~1b~0c', /a\/b~c/],
    ['a file with a slash in its name', [...part('a/b~c', small, 'x.jpg')], '/a~1b~0c', /in the part "file"/],
    ['a text as a file', [...part('title', 'By the lake', 'title.txt'), ...filePart(small)], '/title', /as text/],
    ['a repeated field', [...filePart(small), ...part('title', 'a'), ...part('title', 'b')], '/title', /repeated/],
  ]
  for (const [name, pieces, pointer, detail] of cases) {
    const { status, body } = await send(...pieces)
    t.equal(status, 400, name)
    t.match(body, { code: 'invalid_request', errors: [{ pointer, detail }] }, name)
  }
})

t.test('an image without a file name is not taken for a text', async t => {
  const { status, body } = await send(...part('file', 'bytes'))
  t.equal(status, 400)
  t.match(body, { code: 'file_missing', errors: [{ pointer: '/file', detail: /file name/ }] })
})

t.test('empty fields count as absent', async t => {
  const empty = ['title', 'tags', 'visibility', 'sha256', 'altText', 'description'].flatMap(name => part(name, ''))
  const { status, body } = await send(...empty, ...filePart(await noise(65, 48)), ...part('tags', ''))
  t.equal(status, 201)
  t.match(body, { title: '', tags: [], visibility: 'public' })
})

t.test('sending the same bytes again answers with the image as it stands', async t => {
  const bytes = await noise(66, 48)
  const first = await ann.uploads(bytes, { title: 'first' })
  const second = await ann.uploads(bytes, { title: 'second', visibility: 'private' })
  t.equal(second.status, 200)
  t.same(second.body, first.body)
  t.match((await ann.changes(first.body.id, { visibility: 'private' })).body, { visibility: 'private' })
})

t.test('a form may arrive byte by byte, with text around it, and its connection can be used again', async t => {
  const { hostname, port } = new URL(world.url)
  const socket = dial(Number(port), hostname).setNoDelay(true)
  t.teardown(() => socket.destroy())
  let received = ''
  socket.on('data', data => {
    received += data
  })
  for (let turn = 1; turn <= 2; turn++) {
    const picture = await sharp({ create: { width: 4, height: turn, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    const form = joined(['a preamble\r\n', ...part('title', 'x'), ...filePart(picture), FORM_END, 'an epilogue'])
    socket.write([...uploadHead(ann.token, FORM_TYPE), `content-length: ${form.length}`, '', ''].join('\r\n'))
    for (const byte of form) await new Promise(written => socket.write(Buffer.of(byte), written))
    await until('the answer is there', async () => received.split('HTTP/1.1 201').length === turn + 1)
  }
  t.match(received, /"title":"x"/)
})

t.test('a compressed body is refused with the name of its coding', async t => {
  const form = joined([...filePart(small), FORM_END])
  const headers = { 'content-type': FORM_TYPE, 'content-encoding': 'gzip' }
  const { status, body } = await world.asks('POST', '/v1/images', {
    token: ann.token,
    body: new Uint8Array(gzipSync(form)),
    headers,
  })
  t.equal(status, 415)
  t.match(body, { code: 'unsupported_media_type', detail: /gzip/ })
  const json = { ...headers, 'content-type': 'application/json' }
  const other = await world.asks('POST', '/v1/users', { body: new Uint8Array(gzipSync('{}')), headers: json })
  t.equal(other.status, 415)
  const plain = { 'content-type': FORM_TYPE, 'content-encoding': 'identity' }
  const sent = {
    token: ann.token,
    body: new Uint8Array(joined([...filePart(await noise(67, 48)), FORM_END])),
    headers: plain,
  }
  t.equal((await world.asks('POST', '/v1/images', sent)).status, 201)
})

t.test('an expectation other than 100-continue is answered with 417', async t => {
  const { hostname, port } = new URL(world.url)
  const ask = (expect: string) =>
    new Promise<string>(resolve => {
      const socket = dial(Number(port), hostname)
      socket.write(
        [...uploadHead(ann.token, FORM_TYPE), `expect: ${expect}`, 'content-length: 99999', '', ''].join('\r\n'),
      )
      socket.once('data', data => {
        socket.destroy()
        resolve(data.toString())
      })
    })
  const answer = await ask('200-ok')
  t.match(answer, /^HTTP\/1.1 417 /)
  t.match(answer, /application\/problem\+json[\s\S]*"code":"expectation_failed"/)
  t.match(await ask('100-continue'), /^HTTP\/1.1 100 /)
})

const typeOf = (bytes: Buffer) =>
  withTemporaryFolder(async folder => {
    const path = join(folder, 'picture')
    await writeFile(path, bytes)
    return mediaTypeOf(path)
  })

t.test('an AVIF is recognized by any of its brands; sequences and HEIC are refused with a reason', async t => {
  const avif = await noise(40, 30, 'avif')
  const rest = avif.subarray(avif.readUInt32BE(0))
  const branded = (major: string, ...compatible: string[]) =>
    Buffer.concat([box('ftyp', major, '\0\0\0\0', ...compatible), rest])
  for (const file of [branded('avif'), branded('mif1', 'mif1', 'avif', 'miaf'), branded('avif', 'avis', 'mif1')])
    t.equal(await typeOf(file), 'image/avif')
  const general = Buffer.from(avif)
  general.write('mif1', 8)
  const { status, body } = await ann.uploads(general)
  t.equal(status, 201)
  t.match(body, { mediaType: 'image/avif', width: 40, height: 30 })
  t.equal((await world.asks('GET', `${body.links.file}?width=160&format=jpeg`)).status, 200)
  const refused: [Buffer, RegExp][] = [
    [branded('avis', 'avif', 'msf1'), /sequences/],
    [branded('heic', 'mif1'), /HEIC.*JPEG/],
    [branded('mif1', 'heic'), /HEIC.*JPEG/],
    [branded('msf1', 'hevc'), /HEIC.*JPEG/],
    [branded('heix'), /HEIC.*JPEG/],
    [Buffer.from('text'), /^supported are/],
  ]
  for (const [file, detail] of refused) await t.rejects(typeOf(file), { code: 'unsupported_image', detail })
})
