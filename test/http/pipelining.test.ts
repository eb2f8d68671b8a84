import { connect as dial } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { aWire } from '../helpers/database/wire.ts'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { openWorld } from '../helpers/world.ts'

const wire = await aWire(t)
const world = await openWorld(t, { MONGODB_URI: wire.uri })
const ann = await world.signsUp('ann')
const { port } = new URL(world.url)

/** Sends requests at once on a connection. */
function sends(requests: string[]) {
  const socket = dial(Number(port), '127.0.0.1').on('error', () => undefined)
  t.teardown(() => socket.destroy())
  socket.write(requests.join(''))
  return socket
}

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`

t.test('pipelined requests are answered in their order', async () => {
  const paths = Array.from({ length: 20 }, (_, i) => `/v1/nothing/${i}`)
  const answers = await text(sends([...paths.map(path => get(path)), get('/livez', 'connection: close\r\n')]))
  const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
  t.same(statuses, [...paths.map(() => '404'), '200'])
})

t.test('a pipelined upload waits for the answer before it, with its body', async t => {
  const body = JSON.stringify([])
  const post = `POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ann.token}\r\ncontent-type: application/json\r\n`
  const socket = sends([get('/readyz'), `${post}content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`])
  t.match(await text(socket), /HTTP\/1\.1 200 .*HTTP\/1\.1 202 /s)
})

t.test('one download of a connection is open at a time', async t => {
  const { body } = await ann.uploads(await noise(2400, 2200, 'png'))
  let reads = 0
  wire.onRequest = command => {
    if (command.find === 'blobs.chunks' || command.collection === 'blobs.chunks') reads++
    return 'pass'
  }
  const socket = sends(Array.from({ length: 20 }, () => get(body.links.file)))
  await new Promise(resolve => socket.once('data', resolve))
  socket.pause()
  let before = -1
  await until('reading stands still', async () => {
    const stands = reads === before
    before = reads
    return stands
  })
  wire.onRequest = () => 'pass'
  t.ok(reads < body.bytes / 1_048_576, `${reads} chunks are read of 20 times 15`)
})

t.test('a connection with too many waiting requests is refused and closed', async t => {
  const answers = await text(sends(Array.from({ length: 500 }, () => get('/readyz'))))
  t.match(answers, /^HTTP\/1\.1 503 .*retry-after: 1.*"code":"unavailable"/s)
  await until('the service is ready', async () => (await world.asks('GET', '/readyz')).status === 200)
})
