import t from 'tap'
import { noise } from '../helpers/pictures.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t, { MAX_UPLOAD_BYTES: '8000000', MAX_IMAGE_PIXELS: '8000000' })
const { asks } = world
const ann = await world.signsUp('ann')
const bob = await world.signsUp('bob')
const small = await noise(64, 48)
const CRLF = '\r\n'
const part = (name: string, value: string | Buffer, fileName?: string) => [
  `--b${CRLF}content-disposition: form-data; name="${name}"${fileName === undefined ? '' : `; filename="${fileName}"`}${CRLF}${CRLF}`,
  value,
  CRLF,
]
const _file = (bytes: string | Buffer, fileName = 'x.jpg') => part('file', bytes, fileName)

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
