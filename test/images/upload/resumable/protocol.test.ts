import { createHash } from 'node:crypto'
import t from 'tap'
import { noUploadIsLeft } from '../../../helpers/images/leftovers.ts'
import { addressOf, halfAnUpload, metadataOf, offsetOf, tusClient } from '../../../helpers/images/tus.ts'
import { noise, sha256 } from '../../../helpers/pictures.ts'
import { openWorld } from '../../../helpers/world.ts'

const MOST_BYTES = 5_000_000
const world = await openWorld(t, {
  MAX_UPLOAD_BYTES: String(MOST_BYTES),
  STRIP_METADATA: 'none',
  CORS_ORIGINS: 'https://shop.example',
})
const { asks, database } = world
const { db } = database
const ann = await world.signsUp('ann')
const tus = tusClient(world, ann)

t.test('an upload in pieces of any size becomes the image with the same bytes and nothing else', async t => {
  const bytes = await noise(1_200, 1_100)
  const fields = {
    title: 'By the lake',
    altText: 'a lake',
    description: 'in June',
    tags: 'summer,Lake',
    visibility: 'private',
  }
  const begun = await tus.begins(bytes.length, { ...fields, filename: 'dir/läke.jpg', filetype: 'image/jpeg' })
  t.equal(begun.status, 201)
  t.equal(begun.headers.get('tus-resumable'), '1.0.0')
  t.match(begun.headers.get('location'), /^\/v1\/uploads\/[\w-]+$/)
  const upload = addressOf(begun)
  const ends = [1, 2, 100_000, 1_048_575, 1_048_577, 1_048_577, bytes.length - 1]
  let from = 0
  for (const end of ends) {
    const answer = await tus.appends(upload, from, bytes.subarray(from, end))
    t.equal(answer.status, 204)
    t.equal(offsetOf(answer), end)
    const expires = Date.parse(answer.headers.get('upload-expires') ?? '') - Date.now()
    t.ok(expires > 23 * 3_600_000 && expires < 24 * 3_600_000, 'it expires in a day')
    from = end
  }
  const looked = await tus.looksAt(upload)
  t.equal(offsetOf(looked), from)
  t.equal(looked.headers.get('upload-length'), String(bytes.length))
  t.equal(looked.headers.get('cache-control'), 'no-store')
  const sent = metadataOf({ filename: 'dir/läke.jpg', ...fields, filetype: 'image/jpeg' })
  t.equal(looked.headers.get('upload-metadata'), sent)
  const last = await tus.appends(upload, from, bytes.subarray(from))
  t.equal(last.status, 200)
  t.match(last.body, {
    title: 'By the lake',
    altText: 'a lake',
    tags: ['summer', 'Lake'],
    visibility: 'private',
    fileName: 'läke.jpg',
    sha256: sha256(bytes),
  })
  t.equal(last.headers.get('upload-image'), `/v1/images/${last.body.id}`)
  t.equal(offsetOf(last), bytes.length)
  t.equal(sha256((await asks('GET', last.body.links.file)).bytes), sha256(bytes))
  t.ok(await noUploadIsLeft(db))

  const after = await tus.looksAt(upload)
  t.equal(offsetOf(after), bytes.length, 'a client whose last answer was lost learns that it is complete')
  t.equal(after.headers.get('upload-image'), `/v1/images/${last.body.id}`)
  t.equal((await tus.appends(upload, bytes.length, Buffer.alloc(0))).body.id, last.body.id)
  t.equal((await tus.givesUp(upload)).status, 204)
  t.equal((await asks('GET', `/v1/images/${last.body.id}`, ann)).status, 200, 'the image stays')
  t.equal((await tus.looksAt(upload)).status, 404)
})

t.test('an upload may be created with all its bytes, or with the first ones', async t => {
  const bytes = await noise(60, 50)
  const whole = await tus.begins(bytes.length, { title: 'at once' }, bytes)
  t.equal(whole.status, 201)
  t.match(whole.body, { title: 'at once', sha256: sha256(bytes) })
  t.equal(whole.headers.get('upload-image'), `/v1/images/${whole.body.id}`)
  const other = await noise(61, 50)
  const begun = await tus.begins(other.length, {}, other.subarray(0, 10))
  t.equal(begun.status, 201)
  t.equal(offsetOf(begun), 10)
  t.equal((await tus.appends(addressOf(begun), 10, other.subarray(10))).body.sha256, sha256(other))
  const again = await tus.begins(bytes.length, {}, bytes)
  t.equal(again.body.id, whole.body.id, 'the same bytes are the same image')
  t.ok(await noUploadIsLeft(db))
})

t.test('a request at another offset is refused and changes nothing', async t => {
  const bytes = await noise(62, 50)
  const upload = await halfAnUpload(t, tus, bytes, 100)
  for (const offset of [0, 99, 101]) {
    const { status, body } = await tus.appends(upload, offset, bytes.subarray(offset))
    t.match({ status, code: body.code }, { status: 409, code: 'offset_conflict' })
  }
  t.equal(offsetOf(await tus.looksAt(upload)), 100)
  t.equal((await tus.appends(upload, 100, bytes.subarray(100))).body.sha256, sha256(bytes))
})

t.test('of requests at the same offset one wins', async t => {
  const bytes = await noise(300, 300)
  const upload = await halfAnUpload(t, tus, bytes, 7)
  const answers = await Promise.all(Array.from({ length: 5 }, () => tus.appends(upload, 7, bytes.subarray(7))))
  t.ok(answers.some(({ status }) => status === 200))
  t.ok(
    answers.every(({ status, body }) =>
      status === 200 ? body.sha256 === sha256(bytes) : body.code === 'offset_conflict',
    ),
  )
  t.ok(await noUploadIsLeft(db))
})

t.test('bytes with another checksum are not stored', async t => {
  const bytes = await noise(63, 50)
  const upload = addressOf(await tus.begins(bytes.length))
  const [first, rest] = [bytes.subarray(0, 500), bytes.subarray(500)]
  const checksum = (algorithm: string, of: Buffer) => ({
    'upload-checksum': `${algorithm} ${createHash(algorithm).update(of).digest('base64')}`,
  })
  const wrong = await tus.appends(upload, 0, first, checksum('sha1', rest))
  t.match({ status: wrong.status, code: wrong.body.code }, { status: 460, code: 'checksum_mismatch' })
  t.equal(offsetOf(await tus.looksAt(upload)), 0)
  t.equal(await db.collection('blobs.chunks').countDocuments({ files_id: upload.split('/').at(-1) as never }), 0)
  for (const header of ['md5 AAAA', 'sha1', 'sha1 AAAA', 'sha256 !'])
    t.match((await tus.appends(upload, 0, first, { 'upload-checksum': header })).body, {
      status: 400,
      errors: [{ pointer: '/headers/upload-checksum' }],
    })
  t.equal(offsetOf(await tus.appends(upload, 0, first, checksum('sha1', first))), 500)
  t.equal((await tus.appends(upload, 500, rest, checksum('sha256', rest))).body.sha256, sha256(bytes))
})

t.test('bytes beyond the length are refused', async t => {
  const bytes = await noise(64, 50)
  const upload = await halfAnUpload(t, tus, bytes, 100)
  const { status, body } = await tus.appends(upload, 100, Buffer.concat([bytes.subarray(100), Buffer.from('x')]))
  t.match({ status, code: body.code }, { status: 413, code: 'file_too_large' })
  t.equal(offsetOf(await tus.looksAt(upload)), 100)
})

t.test('a request that violates the protocol is refused with a problem that names the header', async t => {
  const upload = await halfAnUpload(t, tus, await noise(65, 50), 10)
  const length = { 'upload-length': '10' }
  const refused: [what: string, ask: Promise<{ status: number; body: object }>, status: number, body: object][] = [
    ['no version', asks('POST', '/v1/uploads', { ...ann, headers: length }), 412, { code: 'tus_version_unsupported' }],
    [
      'another version',
      asks('POST', '/v1/uploads', { ...ann, headers: { ...length, 'tus-resumable': '0.2.2' } }),
      412,
      { code: 'tus_version_unsupported' },
    ],
    ['no length', tus.beginsWith({}), 400, { errors: [{ pointer: '/headers/upload-length' }] }],
    [
      'a deferred length',
      tus.beginsWith({ ...length, 'upload-defer-length': '1' }),
      400,
      { errors: [{ pointer: '/headers/upload-defer-length' }] },
    ],
    [
      'a part of several',
      tus.beginsWith({ ...length, 'upload-concat': 'partial' }),
      400,
      { errors: [{ pointer: '/headers/upload-concat' }] },
    ],
    [
      'a negative length',
      tus.beginsWith({ 'upload-length': '-1' }),
      400,
      { errors: [{ pointer: '/headers/upload-length' }] },
    ],
    [
      'a fraction',
      tus.beginsWith({ 'upload-length': '1.5' }),
      400,
      { errors: [{ pointer: '/headers/upload-length' }] },
    ],
    ['no bytes', tus.beginsWith({ 'upload-length': '0' }), 400, { code: 'file_empty' }],
    ['too many bytes', tus.beginsWith({ 'upload-length': String(MOST_BYTES + 1) }), 413, { code: 'file_too_large' }],
    [
      'metadata that can not be read',
      tus.beginsWith({ ...length, 'upload-metadata': 'title ???' }),
      400,
      { code: 'invalid_request' },
    ],
    [
      'no offset',
      asks('PATCH', upload, {
        ...ann,
        headers: { 'tus-resumable': '1.0.0', 'content-type': 'application/offset+octet-stream' },
        body: 'x',
      }),
      400,
      { errors: [{ pointer: '/headers/upload-offset' }] },
    ],
    [
      'another type',
      tus.appends(upload, 10, Buffer.from('x'), { 'content-type': 'image/jpeg' }),
      415,
      { code: 'unsupported_media_type' },
    ],
  ]
  for (const [what, ask, status, body] of refused) {
    const answer = await ask
    t.match({ status: answer.status, body: answer.body }, { status, body }, what)
  }
  t.equal(offsetOf(await tus.looksAt(upload)), 10)
})

t.test('fields are checked like those of a form, when the upload is created', async t => {
  const refused = {
    visibility: 'secret',
    title: 'x'.repeat(201),
    camera: 'mine',
    sha256: 'abc',
    altText: 'a\u0000b',
    description: Buffer.from([0xff]).toString('latin1'),
  }
  for (const [name, value] of Object.entries(refused)) {
    const encoded = name === 'description' ? Buffer.from([0xff]) : Buffer.from(value)
    const answer = await tus.beginsWith({
      'upload-length': '10',
      'upload-metadata': `${name} ${encoded.toString('base64')}`,
    })
    t.match(
      { status: answer.status, body: answer.body },
      { status: 400, body: { code: 'invalid_request', errors: [{ pointer: `/${name}` }] } },
      name,
    )
  }
  t.equal(
    (await tus.begins(10, { tags: Array.from({ length: 31 }, (_, i) => `t${i}`).join() })).body.errors[0].pointer,
    '/tags',
  )
  const uppy = { name: 'b.jpg', type: 'image/jpeg', relativePath: 'null', filetype: 'image/jpeg' }
  t.equal((await tus.begins(10, uppy)).status, 201, 'Uppy describes the file in its own way')
})

t.test('the service says what it supports', async t => {
  const { status, headers } = await asks('OPTIONS', '/v1/uploads')
  t.equal(status, 204)
  t.match(Object.fromEntries(headers), {
    'tus-resumable': '1.0.0',
    'tus-version': '1.0.0',
    'tus-extension': 'creation,creation-with-upload,checksum,expiration,termination',
    'tus-max-size': String(MOST_BYTES),
    'tus-checksum-algorithm': 'sha1,sha256',
  })
  const from = (origin: string, more = {}) => asks('OPTIONS', '/v1/uploads', { headers: { origin, ...more } })
  const preflight = await from('https://shop.example', {
    'access-control-request-method': 'PATCH',
    'access-control-request-headers': 'tus-resumable,upload-offset',
  })
  t.match(Object.fromEntries(preflight.headers), {
    'access-control-allow-origin': 'https://shop.example',
    'access-control-allow-methods': /PATCH/,
    'access-control-allow-headers': /tus-resumable/,
  })
  t.notOk((await from('https://other.example')).headers.get('access-control-allow-origin'))
})
