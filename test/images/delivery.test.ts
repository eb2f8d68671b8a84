import { connect as dial } from 'node:net'
import t from 'tap'
import { noise } from '../helpers/pictures.ts'
import { aWire, commandsOn } from '../helpers/wire.ts'
import { openWorld } from '../helpers/world.ts'

const wire = await aWire(t)
const world = await openWorld(t, {
  MONGODB_URI: wire.uri,
  RENDITION_SIZES: '100,50,400',
  CORS_ORIGINS: 'https://app.example',
})
const { asks } = world
const ann = await world.signsUp('ann')

t.test('a file whose image goes while it is being opened is not found, and no cache is told to keep that', async t => {
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

t.test('who has it already costs no chunk', async t => {
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
  t.equal((await asks('GET', file, { headers: both })).status, 200, 'the tag decides alone')
  const ranged = async (condition: string) =>
    (await asks('GET', file, { headers: { range: 'bytes=0-1', 'if-range': condition } })).status
  const modified = (await asks('HEAD', file)).headers.get('last-modified') ?? ''
  t.equal(await ranged(modified), 206)
  t.equal(await ranged(new Date(0).toUTCString()), 200)
  t.equal(await ranged(`W/"${body.sha256}"`), 200, 'a weak tag names no bytes')
  t.equal((await asks('HEAD', file, { headers: { range: 'bytes=0-1' } })).status, 200, 'ranges are for GET')
})

t.test('who hangs up stops the reading', async t => {
  const { body } = await ann.uploads(await noise(2400, 2200, 'png'))
  const chunks = Math.ceil(body.bytes / 1_048_576)
  t.ok(chunks > 14, `${chunks} chunks`)
  const { hostname, port } = new URL(world.url)
  const seen: string[] = []
  const killed = new Promise<void>(resolve => {
    wire.onRequest = command => {
      const isRead = command.find === 'blobs.chunks' || command.collection === 'blobs.chunks'
      if (isRead) seen.push(Object.keys(command)[0] ?? '')
      if ('killCursors' in command) resolve()
      return 'pass'
    }
  })
  const socket = dial(Number(port), hostname)
  socket.write(`GET ${body.links.file} HTTP/1.1\r\nhost: x\r\n\r\n`)
  await new Promise(resolve => socket.once('data', resolve))
  socket.pause().destroy()
  await killed
  wire.onRequest = () => 'pass'
  t.ok(seen.length < chunks / 4, `the database was asked ${seen.length} times`)
})

t.test('a file name breaks no header', async t => {
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
