import { connect as dial } from 'node:net'
import t from 'tap'
import { aWire, commandsOn } from '../../helpers/database/wire.ts'
import { noise, sha256 } from '../../helpers/pictures.ts'
import { openWorld } from '../../helpers/world.ts'

const wire = await aWire(t)
const world = await openWorld(t, {
  MONGODB_URI: wire.uri,
  RENDITION_SIZES: '100,50,400',
  CORS_ORIGINS: 'https://app.example',
})
const { asks } = world
const ann = await world.signsUp('ann')
const bob = await world.signsUp('bob')
const small = await noise(64, 48)

t.test('a private image is visible to its owner only', async t => {
  const { body } = await ann.uploads(await noise(33, 33), { visibility: 'private' })
  for (const path of [body.links.self, `${body.links.self}/file`]) {
    t.equal((await asks('GET', path, { token: ann.token })).status, 200)
    t.equal((await asks('GET', path, { token: bob.token })).status, 404)
    t.equal((await asks('GET', path)).status, 404)
  }
  const file = await asks('GET', `${body.links.self}/file`, { token: ann.token })
  t.equal(file.headers.get('cache-control'), 'private, no-cache')
  const listed = await asks('GET', `/v1/images?owner=${ann.id}&limit=100`, { token: ann.token })
  t.ok(listed.body.items.some((item: { id: string }) => item.id === body.id))
  const others = await asks('GET', `/v1/images?owner=${ann.id}&limit=100`, { token: bob.token })
  t.notOk(others.body.items.some((item: { id: string }) => item.id === body.id))
})

t.test('conditional requests and byte ranges follow RFC 9110', async t => {
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

t.test('Vary and ETag tell caches what a response depends on', async t => {
  const { body } = await ann.uploads(await noise(120, 90))
  const { file } = body.links
  const chosen = await asks('GET', `${file}?width=50`, { headers: { accept: 'image/webp' } })
  t.equal(chosen.headers.get('content-type'), 'image/webp')
  t.equal(chosen.headers.get('vary'), 'Origin, Accept')
  const asked = await asks('GET', `${file}?width=50&format=webp`)
  t.equal(asked.headers.get('vary'), 'Origin')
  t.equal(asked.headers.get('etag'), chosen.headers.get('etag'), 'it is the same rendition')
  t.equal(asked.headers.get('etag'), `"${sha256(asked.bytes)}"`)
  const part = await asks('GET', `${file}?width=50&format=webp`, { headers: { range: 'bytes=2-5' } })
  t.ok(part.bytes.equals(asked.bytes.subarray(2, 6)))
  const head = await asks('HEAD', `${file}?width=50&format=webp`)
  t.equal(head.headers.get('content-length'), String(asked.bytes.length))
  for (const bad of [
    'width=0',
    'width=1.5',
    'width=-1',
    'height=1e3',
    'fit=fill',
    'format=svg',
    'width=50&width=60',
    'dpr=4',
    'dpr=0.5',
    'quality=0',
    'quality=101',
    'background=red',
    'download=yes',
  ]) {
    t.equal((await asks('GET', `${file}?${bad}`)).body.code, 'invalid_request', bad)
  }
})

t.test('a file whose image is deleted while it is opened is answered with 404, which caches may not store', async t => {
  const gone = async (query: string) => {
    const { body } = await ann.uploads(await noise(250 + query.length, 150))
    const url = body.links.file + query
    await asks('GET', url)
    wire.onReply = async command => {
      if (command.find !== (query ? 'blobs.files' : 'images')) return 'pass'
      wire.onReply = () => 'pass'
      await ann.removes(body.id)
      return 'pass'
    }
    return asks('GET', url)
  }
  for (const query of ['', '?width=50&format=webp']) {
    const { status, headers, body } = await gone(query)
    t.equal(status, 404, query)
    t.equal(body.code, 'not_found')
    t.equal(headers.get('cache-control'), 'no-store')
    for (const name of ['etag', 'last-modified', 'accept-ranges', 'content-disposition'])
      t.equal(headers.get(name), null, name)
  }
})

t.test('a request that ends in 304 reads no chunk', async t => {
  const { body } = await ann.uploads(await noise(80, 80))
  const { file } = body.links
  const hits = [
    { 'if-none-match': `"${body.sha256}"` },
    { 'if-none-match': '*' },
    { 'if-modified-since': new Date(Date.now() + 60_000).toUTCString() },
  ]
  for (const headers of hits) {
    const touched = await commandsOn(wire, 'blobs.chunks', async () =>
      t.equal((await asks('GET', file, { headers })).status, 304),
    )
    t.same(touched, [], JSON.stringify(headers))
  }
  t.same(await commandsOn(wire, 'blobs.chunks', () => asks('HEAD', file)), [])
  const since = { 'if-modified-since': new Date(Date.parse(body.uploadedAt) - 60_000).toUTCString() }
  t.equal((await asks('GET', file, { headers: since })).status, 200)
  const both = { 'if-none-match': '"other"', 'if-modified-since': new Date().toUTCString() }
  t.equal((await asks('GET', file, { headers: both })).status, 200, 'If-None-Match takes precedence')
  const ranged = async (condition: string) =>
    (await asks('GET', file, { headers: { range: 'bytes=0-1', 'if-range': condition } })).status
  const modified = (await asks('HEAD', file)).headers.get('last-modified') ?? ''
  t.equal(await ranged(modified), 206)
  t.equal(await ranged(new Date(0).toUTCString()), 200)
  t.equal(await ranged(`W/"${body.sha256}"`), 200, 'a weak validator does not allow a range')
  t.equal((await asks('HEAD', file, { headers: { range: 'bytes=0-1' } })).status, 200, 'Range applies to GET only')
})

t.test('reading stops when the client disconnects', async t => {
  const { body } = await ann.uploads(await noise(2400, 2200, 'png'))
  const chunks = Math.ceil(body.bytes / 1_048_576)
  t.ok(chunks > 14, `${chunks} chunks`)
  const { hostname, port } = new URL(world.url)
  const read: number[] = []
  wire.onRequest = command => {
    if (command.find === 'blobs.chunks') read.push(command.filter.n)
    return 'pass'
  }
  const socket = dial(Number(port), hostname)
  socket.write(`GET ${body.links.file} HTTP/1.1\r\nhost: x\r\n\r\n`)
  await new Promise(resolve => socket.once('data', resolve))
  socket.pause().destroy()
  const whole = await asks('GET', body.links.file)
  wire.onRequest = () => 'pass'
  t.equal(whole.bytes.length, body.bytes)
  t.ok(read.length < 1.7 * chunks, `${read.length} reads: the first download was not read to its end`)
})

t.test('a file name is encoded for Content-Disposition', async t => {
  const form = new FormData()
  form.append('file', new Blob([new Uint8Array(await noise(31, 30))]), 'Grüße "an";\\alle (1)\u{1f600}.jpg')
  const { body } = await asks('POST', '/v1/images', { token: ann.token, body: form })
  const { headers } = await asks('GET', body.links.file)
  const disposition = headers.get('content-disposition') ?? ''
  const [, plain = '', encoded = ''] =
    /^inline; filename="([^"\\]*)"; filename\*=UTF-8''([\w.%~!$&+^`|-]+)$/.exec(disposition) ?? []
  t.ok(plain.endsWith('.jpg'), disposition)
  t.equal(decodeURIComponent(encoded), body.fileName)
})
