import t from 'tap'
import { type ImageQuery, listOptions, listPipeline } from '../../../src/images/catalogue/list-images.ts'
import { newImage } from '../../helpers/images/new-image.ts'
import { noise, sha256 } from '../../helpers/pictures.ts'
import { openWorld } from '../../helpers/world.ts'

const world = await openWorld(t)
const { asks, database } = world
const { db } = database
const ann = await world.signsUp('ann')
const bob = await world.signsUp('bob')

const ids = (answer: { body: { items: { id: string }[] } }) => answer.body.items.map(({ id }) => id)

t.test('pages neither repeat nor skip an image while others are uploaded', async t => {
  const owner = await world.signsUp('pages')
  for (let i = 0; i < 7; i++) await owner.uploads(await noise(20 + i, 20))
  const seen: string[] = []
  let cursor = ''
  for (let turn = 0; turn < 9 && (turn === 0 || cursor); turn++) {
    const { body } = await asks('GET', `/v1/images?owner=${owner.id}&limit=3${cursor && `&cursor=${cursor}`}`)
    seen.push(...body.items.map((item: { id: string }) => item.id))
    cursor = body.nextCursor ?? ''
    if (turn === 0) await owner.uploads(await noise(50, 51))
  }
  t.equal(seen.length, 7)
  t.equal(new Set(seen).size, 7)
})

t.test('a client can find its own images by checksum before it uploads', async t => {
  const bytes = await noise(19, 19)
  const sum = `/v1/images?sha256=${sha256(bytes).toUpperCase()}`
  t.equal((await asks('HEAD', sum, { token: ann.token })).status, 404)
  const { body } = await ann.uploads(bytes, { visibility: 'private' })
  t.equal((await asks('HEAD', sum, { token: ann.token })).status, 200)
  t.same(ids(await asks('GET', sum, { token: ann.token })), [body.id])
  t.equal((await asks('HEAD', sum, { token: bob.token })).status, 404, 'the images of others are not revealed')
  t.equal((await asks('HEAD', sum)).status, 401)
  const key = await world.hasKey({ app: 'uploader', scopes: ['images:write'], ownerId: ann.id })
  t.same(ids(await asks('GET', sum, { key: key.key })), [body.id], 'a key finds the images of its owner')
  t.same(ids(await asks('GET', `${sum}&owner=${ann.id}`, { token: ann.token })), [body.id])
  t.same(ids(await asks('GET', `${sum}&owner=${bob.id}`, { token: ann.token })), [], 'both filters apply')
  t.equal((await asks('HEAD', `${sum}&owner=${bob.id}`, { token: ann.token })).status, 404)
  t.equal((await asks('HEAD', '/v1/images')).status, 200)
  t.equal((await asks('GET', '/v1/images?sha256=abc', { token: ann.token })).body.code, 'invalid_request')
})

t.test('an image that becomes private is hidden from others until it is public again', async t => {
  const image = await newImage(ann, { tags: ['shy'] })
  const seen = async () => ids(await asks('GET', '/v1/images?tag=shy', { token: bob.token }))
  await ann.changes(image.id, { visibility: 'private' })
  t.same(await seen(), [])
  t.equal((await asks('GET', `${image.links.file}?width=100`, { token: bob.token })).status, 404)
  await ann.changes(image.id, { visibility: 'public' })
  t.same(await seen(), [image.id])
})

t.test('text search covers titles, descriptions and tags of visible images, in order of upload', async t => {
  const lake = await newImage(ann, { title: 'Morning by the lake' })
  const tagged = await newImage(ann, { tags: ['lake'] })
  const described = await newImage(ann, { description: 'We swam in the lake.' })
  const hidden = await newImage(ann, { title: 'My own lake', visibility: 'private' })
  await newImage(ann, { title: 'Mountains' })
  const search = async (query: string, token = bob.token) => asks('GET', `/v1/images?${query}`, { token })
  t.same(ids(await search('q=lake')), [described.id, tagged.id, lake.id])
  t.same(ids(await search('q=lake&sort=oldest')), [lake.id, tagged.id, described.id])
  t.same(ids(await search(`q=lake&owner=${ann.id}`, ann.token)), [hidden.id, described.id, tagged.id, lake.id])
  t.same(ids(await search('q=lake&tag=lake')), [tagged.id])
  t.same(ids(await search('q=nowhere')), [])
  const first = await search('q=lake&limit=2')
  const second = await search(`q=lake&limit=2&cursor=${first.body.nextCursor}`)
  t.same([...ids(first), ...ids(second)], [described.id, tagged.id, lake.id])
  t.equal(second.body.nextCursor, null)
  for (const odd of ['%22', '-', '$where', '%5C', '%22lake', '*']) {
    t.equal((await search(`q=${odd}`)).status, 200, odd)
  }
})

t.test('every list uses an index', async t => {
  const list: ImageQuery = { sort: 'newest', limit: 20 }
  const me = { kind: 'user', id: ann.id, roles: ['user'], sessionId: 's' } as const
  const cursor = (await asks('GET', '/v1/images?limit=1')).body.nextCursor
  const cases: [string, ImageQuery][] = [
    ['visibility_1_uploadedAt_1__id_1', list],
    ['visibility_1_uploadedAt_1__id_1', { ...list, cursor, sort: 'oldest' }],
    ['visibility_1_tagKeys_1_uploadedAt_1__id_1', { ...list, tag: 'lake' }],
    ['ownerId_1_uploadedAt_1__id_1', { ...list, owner: ann.id, cursor }],
    ['ownerId_1_uploadedAt_1__id_1', { ...list, owner: 'somebody else' }],
    ['ownerId_1_uploadedSha256_1', { ...list, sha256: 'a'.repeat(64) }],
    ['ownerId_1_uploadedSha256_1', { ...list, sha256: 'a'.repeat(64), owner: ann.id }],
    ['text', { ...list, q: 'lake' }],
  ]
  for (const [index, query] of cases) {
    const pipeline = listPipeline(query, { ...me, roles: ['user'] })
    const aggregate = { aggregate: 'images', pipeline, cursor: {}, ...listOptions(query) }
    const plan = JSON.stringify(await db.command({ explain: aggregate }))
    t.match(plan, index, JSON.stringify(query))
    t.notMatch(plan, /COLLSCAN|Seq Scan/, JSON.stringify(query))
  }
})
