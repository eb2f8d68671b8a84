import { get } from 'node:http'
import { availableParallelism } from 'node:os'
import t from 'tap'
import { aWire } from '../../helpers/database/wire.ts'
import { workFolders } from '../../helpers/images/leftovers.ts'
import { beginUpload } from '../../helpers/images/multipart.ts'
import { noise } from '../../helpers/pictures.ts'
import { until } from '../../helpers/until.ts'
import { openWorld } from '../../helpers/world.ts'

const WIDTHS = Array.from({ length: 8 }, (_, i) => 10 + i)
const HEIGHTS = Array.from({ length: 8 }, (_, i) => 20 + i)
const COUNT = WIDTHS.length * HEIGHTS.length
/** Numbers of tasks that the decoder runs at once, and that may wait for one address. */
const [RUNNING, WAITING] = [availableParallelism(), 32]
const wire = await aWire(t)
const world = await openWorld(t, {
  MONGODB_URI: wire.uri,
  RENDITION_SIZES: [...WIDTHS, ...HEIGHTS].join(','),
  TRUST_PROXY: 'true',
})
const ann = await world.signsUp('ann')
const { db } = world.database
const renditionsOf = (imageId: string) =>
  db.collection('blobs.files').countDocuments({ 'metadata.imageId': imageId, 'metadata.kind': 'rendition' })

/** Holds the rendition jobs that have begun: they read the original, and its bytes are not delivered until the release. */
function holdDecoder() {
  let [begun, received] = [0, 0]
  let release: () => void = () => undefined
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  wire.onReply = async command => {
    // The last command of an upload before it is decoded.
    if (command.find === 'images' && command.filter?.uploadedSha256) received++
    if (command.find === 'blobs.chunks') {
      begun++
      await released
    }
    return 'pass'
  }
  return {
    begun: () => begun,
    received: () => received,
    release: () => {
      wire.onReply = () => 'pass'
      release()
    },
  }
}

/** Asks for many renditions of an image, each from an address. @returns the answers so far, and a function that leaves before they are there */
function asksForMany(file: string, addressOf: (i: number) => string) {
  const requests = Array.from({ length: COUNT }, (_, i) => {
    const [width, height] = [WIDTHS[i % WIDTHS.length], HEIGHTS[Math.floor(i / WIDTHS.length)]]
    const url = `${world.url}${file}?width=${width}&height=${height}&fit=cover&format=webp`
    return get(url, { headers: { 'x-forwarded-for': addressOf(i) }, agent: false })
  })
  const statuses: number[] = []
  for (const request of requests) {
    request.on('error', () => undefined)
    request.on('response', response => {
      statuses.push(response.statusCode ?? 0)
      response.resume()
    })
  }
  const leave = () => {
    for (const request of requests) request.destroy()
  }
  return { statuses, leave, made: () => statuses.filter(status => status === 200).length }
}

t.test('the renditions that wait are bounded for each address', async t => {
  const { body } = await ann.uploads(await noise(90, 80))
  const { links } = (await ann.uploads(await noise(93, 80))).body
  const decoder = holdDecoder()
  const first = asksForMany(body.links.file, () => '192.0.2.1')
  await until('the surplus is refused', async () => first.statuses.length >= COUNT - WAITING - RUNNING)
  const second = asksForMany(links.file, () => '192.0.2.2')
  await until('the surplus of another address is refused', async () => second.statuses.length >= COUNT - WAITING)
  t.same(new Set([...first.statuses, ...second.statuses]), new Set([503]))
  decoder.release()
  await until('all are answered', async () => first.statuses.length + second.statuses.length === 2 * COUNT)
  t.same([first.made(), second.made()], [WAITING + RUNNING, WAITING])
})

t.test('the renditions of a client that has left are not made, those that are being made included', async t => {
  const { body } = await ann.uploads(await noise(94, 80))
  const decoder = holdDecoder()
  const many = asksForMany(body.links.file, () => '192.0.2.3')
  await until('the surplus is refused', async () => many.statuses.length >= COUNT - WAITING - RUNNING)
  await until('the first ones have begun', async () => decoder.begun() === RUNNING)
  many.leave()
  // The service has seen them leave when it answers another connection.
  await world.asks('GET', '/livez')
  decoder.release()
  await until('no work is left', async () => (await workFolders()) === 0)
  const next = await world.asks('GET', `${body.links.file}?width=27&height=27&fit=cover&format=webp`)
  t.equal(next.status, 200)
  t.equal(await renditionsOf(body.id), 1)
})

t.test('an upload does not wait for the renditions that others wait for', async t => {
  const { body } = await ann.uploads(await noise(91, 80))
  const decoder = holdDecoder()
  // In one lane the upload would come behind the first rendition of each address.
  const many = asksForMany(body.links.file, i => `192.0.2.${100 + i}`)
  await until('the decoder is busy', async () => decoder.begun() === RUNNING)
  const upload = ann.uploads(await noise(92, 80)).then(answer => ({ answer, made: many.made() }))
  await until('the upload is received', async () => decoder.received() === 1)
  decoder.release()
  const { answer, made } = await upload
  t.equal(answer.status, 201)
  t.ok(made < COUNT / 2, `${COUNT - made} renditions were still waiting`)
  await until('all are made', async () => many.made() === COUNT)
})

t.test('an upload that waits for the decoder is given up when its client leaves', async t => {
  const { body } = await ann.uploads(await noise(95, 80))
  const decoder = holdDecoder()
  const many = asksForMany(body.links.file, i => `192.0.2.${100 + i}`)
  await until('the decoder is busy', async () => decoder.begun() === RUNNING)
  const socket = await beginUpload(world.url, ann.token, await noise(96, 80))
  await until('the upload is received', async () => decoder.received() === 1)
  socket.destroy()
  await until('its intent is gone', async () => (await db.collection('uploads').countDocuments()) === 0)
  await until('its folder is gone', async () => (await workFolders()) === RUNNING)
  t.equal(decoder.begun(), RUNNING, 'while the decoder was busy')
  decoder.release()
  await until('all are made', async () => many.made() === COUNT)
})
