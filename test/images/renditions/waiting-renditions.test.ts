import { get } from 'node:http'
import t from 'tap'
import { aWire } from '../../helpers/database/wire.ts'
import { noise } from '../../helpers/pictures.ts'
import { until } from '../../helpers/until.ts'
import { openWorld } from '../../helpers/world.ts'

const WIDTHS = Array.from({ length: 8 }, (_, i) => 10 + i)
const HEIGHTS = Array.from({ length: 8 }, (_, i) => 20 + i)
const wire = await aWire(t)
const world = await openWorld(t, {
  MONGODB_URI: wire.uri,
  RENDITION_SIZES: [...WIDTHS, ...HEIGHTS].join(','),
  TRUST_PROXY: 'true',
})
const ann = await world.signsUp('ann')
const files = world.database.db.collection('blobs.files')

/** Holds the rendition jobs that have begun: they read the original, and its bytes are not delivered until the release. */
function holdDecoder() {
  let release: () => void = () => undefined
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  wire.onReply = async command => {
    if (command.find === 'blobs.chunks') await released
    return 'pass'
  }
  return () => {
    wire.onReply = () => 'pass'
    release()
  }
}

/** Asks for many renditions of an image from an address. @returns their answers, and a function that leaves before they are there */
function asksForMany(file: string, address: string) {
  const requests = WIDTHS.flatMap(width =>
    HEIGHTS.map(height => {
      const url = `${world.url}${file}?width=${width}&height=${height}&fit=cover&format=webp`
      return get(url, { headers: { 'x-forwarded-for': address }, agent: false })
    }),
  )
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
  return { statuses, count: requests.length, leave }
}

t.test('renditions that wait are bounded by caller, and those of clients that left are not made', async t => {
  const { body } = await ann.uploads(await noise(90, 80))
  const release = holdDecoder()
  const many = asksForMany(body.links.file, '192.0.2.1')
  await until('the surplus is refused', async () => many.statuses.length >= many.count - 34)
  t.same(new Set(many.statuses), new Set([503]))
  const other = world.asks('GET', `${body.links.file}?width=10&height=10&fit=cover`, {
    headers: { 'x-forwarded-for': '192.0.2.2' },
  })
  many.leave()
  release()
  t.equal((await other).status, 200, 'another caller is not refused')
  const next = await world.asks('GET', `${body.links.file}?width=27&height=27&fit=cover&format=webp`, {
    headers: { 'x-forwarded-for': '192.0.2.1' },
  })
  t.equal(next.status, 200)
  const made = await files.countDocuments({ 'metadata.imageId': body.id, 'metadata.kind': 'rendition' })
  t.ok(made <= 6, `${made} renditions were made of ${many.count}`)
})

t.test('an upload does not wait for the renditions that others wait for', async t => {
  const { body } = await ann.uploads(await noise(91, 80))
  const release = holdDecoder()
  const many = asksForMany(body.links.file, '192.0.2.3')
  await until('the queue is full', async () => many.statuses.length >= many.count - 34)
  const upload = ann.uploads(await noise(92, 80)).then(answer => ({ answer, made: many.statuses.length }))
  release()
  const { answer, made } = await upload
  t.equal(answer.status, 201)
  t.ok(made < many.count, `${many.count - made} renditions were still waiting`)
  await until('all are answered', async () => many.statuses.length === many.count)
})
