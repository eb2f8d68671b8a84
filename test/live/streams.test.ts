import { once } from 'node:events'
import { connect as dial } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import type { Known } from '../../src/live/read-changed.ts'
import type { EventSource } from '../helpers/http/event-source.ts'
import { liveService } from '../helpers/http/live-service.ts'
import { until } from '../helpers/until.ts'

const MIB = 1_048_576
const views = (stream: EventSource, count: number) =>
  stream.gets(`${count} views`, ({ totals }) => totals?.counts?.view === count)
const ends = (stream: EventSource) => until('the stream ends', async () => stream.hasEnded())

t.test('all that is followed is read together, for all listeners, and only while there is one', async t => {
  const reads: { known: Known[]; end: () => void }[] = []
  const service = await liveService(t, {
    times: { read: 0 },
    onRead: known => new Promise(end => reads.push({ known, end })),
  })
  const read = (count: number) => until(`read ${count}`, async () => reads[count - 1])
  service.counts('lake', 1)
  const streams = [await service.follows(t, 'ann')]
  ;(await read(1)).end()
  streams.push(await service.follows(t, 'bob'), await service.follows(t, 'ana', ''))
  ;(await read(2)).end()
  t.same(
    (await read(3)).known.map(({ imageId }) => imageId),
    ['lake', 'all'],
  )
  service.counts('lake', 2)
  reads[2]?.end()
  for (const stream of streams.slice(0, 2)) await views(stream, 2)
  await read(4)
  for (const stream of streams) stream.closes()
  await until('all have left', async () => service.live.size === 0)
  reads[3]?.end()
  for (let i = 0; i < 50; i++) await turn()
  t.equal(reads.length, 4)
})

t.test('heartbeats come while nothing changes', async t => {
  const service = await liveService(t)
  const stream = await service.follows(t, 'bob')
  await until('two heartbeats', async () => stream.comments() >= 2)
  t.equal(stream.events.length, 1)
})

t.test('roll-ups that are written again with the same numbers are no change', async t => {
  const service = await liveService(t)
  service.counts('lake', 1)
  const stream = await service.follows(t, 'bob')
  await views(stream, 1)
  service.counts('lake', 1)
  service.counts('lake', 2)
  const { data } = await views(stream, 2)
  t.same(Object.keys(data).sort(), ['asOf', 'totals'])
  t.same(data.totals, { counts: { view: 2 } })
  t.equal(stream.events.length, 2)
})

t.test('a client that comes back gets what has changed since, or else a snapshot', async t => {
  const service = await liveService(t)
  const comesBack = (id: string) => service.follows(t, 'bob', '?imageId=lake', { 'last-event-id': id })
  service.counts('lake', 1)
  const first = await service.follows(t, 'bob')
  const { id } = await views(first, 1)
  first.closes()
  await until('it has left', async () => service.live.size === 0)
  const same = await comesBack(id)
  await until('a heartbeat', async () => same.comments() > 0)
  t.same(same.events, [], 'nothing has changed')
  same.closes()
  await until('it has left', async () => service.live.size === 0)
  service.counts('lake', 3)
  t.match(await views(await comesBack(id), 3), { event: 'change', data: { totals: { counts: { view: 3 } } } })
  t.match(await views(await comesBack('of another process'), 3), {
    event: 'snapshot',
    data: { current: { likes: 0 } },
  })
})

t.test('a client that does not read gets the newest numbers when it does, and not all those before', async t => {
  const service = await liveService(t)
  const socket = dial(Number(new URL(service.url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write('GET /v1/live?imageId=lake HTTP/1.1\r\nhost: x\r\nauthorization: Bearer bob\r\n\r\n')
  await once(socket, 'data')
  socket.pause()
  const other = await service.follows(t, 'ann')
  const changes = 40
  for (let likes = 1; likes <= changes; likes++) {
    service.writesMuch('lake', likes, MIB)
    await other.gets(`like ${likes}`, ({ current }) => current?.likes === likes)
  }
  let text = ''
  socket
    .setEncoding('latin1')
    .resume()
    .on('data', data => {
      text = (text + data).replaceAll(/x{10,}/g, '')
    })
  await until('the newest numbers', async () => text.includes(`"likes":${changes},`))
  const events = text.match(/"likes":\d+/g) ?? []
  t.ok(events.length < changes, `${events.length} events`)
})

t.test('a client that does not read for a time is dropped', async t => {
  const service = await liveService(t, { times: { patience: 1 } })
  const socket = dial(Number(new URL(service.url).port), '127.0.0.1').on('error', () => undefined)
  t.teardown(() => socket.destroy())
  socket.write('GET /v1/live?imageId=lake HTTP/1.1\r\nhost: x\r\nauthorization: Bearer bob\r\n\r\n')
  await once(socket, 'data')
  socket.pause()
  let likes = 0
  await until('it is dropped', async () => {
    service.writesMuch('lake', ++likes, 4 * MIB)
    return service.live.size === 0
  })
  t.equal((await service.follows(t, 'bob')).status, 200, 'it may come back')
})

t.test('without a database the streams stay open, and go on with it', async t => {
  let isOut = false
  let failed = 0
  const service = await liveService(t, {
    onRead() {
      if (isOut && ++failed) throw new Error('connection refused')
    },
  })
  const stream = await service.follows(t, 'bob')
  await stream.gets('the snapshot', () => true)
  isOut = true
  await until('reads fail', async () => failed > 1)
  const before = stream.comments()
  await until('a heartbeat', async () => stream.comments() > before)
  service.counts('lake', 1)
  isOut = false
  await views(stream, 1)
  t.notOk(stream.hasEnded())
})

t.test('a stream ends when its numbers may not be seen any more', async t => {
  const service = await liveService(t)
  const [ann, bob, ana, site] = await Promise.all([
    service.follows(t, 'ann'),
    service.follows(t, 'bob'),
    service.follows(t, 'ana'),
    service.follows(t, 'ana', ''),
  ])
  service.images.set('lake', { ownerId: 'ann', visibility: 'private' })
  await ends(bob)
  t.equal((await service.follows(t, 'bob')).status, 404)
  service.identities.set('ana', { kind: 'user', id: 'ana', roles: ['user'], sessionId: 'ana' })
  await ends(ana)
  await ends(site)
  t.equal((await service.follows(t, 'ana', '')).status, 403)
  t.notOk(ann.hasEnded())
  service.identities.delete('ann')
  await ends(ann)
  t.equal((await service.follows(t, 'ann')).status, 401)
  t.equal(service.live.size, 0)
})

t.test('the streams are bounded, of a caller and in all', async t => {
  const service = await liveService(t, { most: 52, times: { heartbeat: 60_000 } })
  const open = (who: string, count: number) => Promise.all(Array.from({ length: count }, () => service.follows(t, who)))
  const [first] = await open('bob', 50)
  const refused = await service.follows(t, 'bob')
  t.equal(refused.status, 429)
  t.equal(refused.headers.get('retry-after'), '30')
  t.equal(refused.headers.get('content-type'), 'application/problem+json')
  await open('ann', 2)
  t.equal((await service.follows(t, 'ana')).status, 503)
  first?.closes()
  await until('one has left', async () => service.live.size === 51)
  t.equal((await service.follows(t, 'ana')).status, 200)
})

t.test('a client that has left before its stream begins is not counted', async t => {
  const lookUps: (() => void)[] = []
  const service = await liveService(t, {
    times: { heartbeat: 60_000 },
    onFind: () => (lookUps.length === 0 ? new Promise(end => lookUps.push(end)) : undefined),
  })
  const socket = dial(Number(new URL(service.url).port), '127.0.0.1')
  socket.write('GET /v1/live?imageId=lake HTTP/1.1\r\nhost: x\r\nauthorization: Bearer bob\r\n\r\n')
  await until('its image is looked up', async () => lookUps.length === 1)
  socket.destroy()
  await until('it has left', async () => (await service.connections()) === 0)
  lookUps[0]?.()
  await (await service.follows(t, 'ann')).gets('the snapshot', () => true)
  t.equal(service.live.size, 1)
})

t.test('the streams end with the service', async t => {
  const service = await liveService(t)
  const streams = [await service.follows(t, 'bob'), await service.follows(t, 'ana', '')]
  await service.stops()
  for (const stream of streams) await ends(stream)
  t.equal(service.live.size, 0)
})
