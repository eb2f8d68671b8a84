import mongoose from 'mongoose'
import t from 'tap'
import { WriterMarks } from '../../src/events/marks/writer-marks.ts'
import { feedbackId } from '../../src/feedback/feedback.ts'
import { removeFeedback } from '../../src/feedback/remove-feedback.ts'
import { type ImageQuery, listOptions, listPipeline } from '../../src/images/catalogue/list-images.ts'
import { Removals } from '../../src/images/catalogue/removals.ts'
import type { Image } from '../../src/images/image.ts'
import { Blobs } from '../../src/images/storage/blobs.ts'
import { silent } from '../helpers/log.ts'
import { noise, sha256 } from '../helpers/pictures.ts'
import { aWire } from '../helpers/wire.ts'
import { ADMIN, openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { asks, database } = world
const { db } = database
const ann = await world.signsUp('ann')
const bob = await world.signsUp('bob')
const root = await world.signsIn(ADMIN)

let width = 20
/** An image like no other. */
const anImage = async (fields: Record<string, string | string[]> = {}, who = ann) =>
  (await who.uploads(await noise(width++, 20), fields)).body

const ids = (answer: { body: { items: { id: string }[] } }) => answer.body.items.map(({ id }) => id)

t.test('a client asks about its own images before it sends', async t => {
  const bytes = await noise(19, 19)
  const sum = `/v1/images?sha256=${sha256(bytes).toUpperCase()}`
  t.equal((await asks('HEAD', sum, { token: ann.token })).status, 404)
  const { body } = await ann.uploads(bytes, { visibility: 'private' })
  t.equal((await asks('HEAD', sum, { token: ann.token })).status, 200)
  t.same(ids(await asks('GET', sum, { token: ann.token })), [body.id])
  t.equal((await asks('HEAD', sum, { token: bob.token })).status, 404, 'nobody learns what others have')
  t.equal((await asks('HEAD', sum)).status, 401)
  const key = await world.hasKey({ app: 'uploader', scopes: ['images:write'], ownerId: ann.id })
  t.same(ids(await asks('GET', sum, { key: key.key })), [body.id], 'a key asks for its owner')
  t.same(ids(await asks('GET', `${sum}&owner=${ann.id}`, { token: ann.token })), [body.id])
  t.same(ids(await asks('GET', `${sum}&owner=${bob.id}`, { token: ann.token })), [], 'both must hold')
  t.equal((await asks('HEAD', `${sum}&owner=${bob.id}`, { token: ann.token })).status, 404)
  t.equal((await asks('HEAD', '/v1/images')).status, 200)
  t.equal((await asks('GET', '/v1/images?sha256=abc', { token: ann.token })).body.code, 'invalid_request')
})

t.test('an image is changed by its owner, one revision after the other', async t => {
  const image = await anImage({ title: 'Before', tags: ['old'] })
  const first = (await asks('GET', image.links.self)).headers.get('etag') ?? ''
  const same = await asks('GET', image.links.self, { headers: { 'if-none-match': first } })
  t.equal(same.status, 304)
  t.equal(same.headers.get('content-length'), null)
  t.equal(same.headers.get('content-type'), null)
  const changed = await ann.changes(image.id, { title: 'After', tags: ['new', 'new'] }, first)
  t.match(changed, { status: 200, body: { title: 'After', tags: ['new'], altText: '' } })
  t.not(changed.headers.get('etag'), first)
  t.not(changed.body.updatedAt, image.updatedAt)
  t.equal(changed.body.uploadedAt, image.uploadedAt)
  t.match(await ann.changes(image.id, { title: 'Late' }, first), { status: 412, body: { code: 'precondition_failed' } })
  t.equal((await ann.changes(image.id, { title: 'Weak' }, `W/${changed.headers.get('etag')}`)).status, 412)
  for (const tag of ['"abc"', '"2.0"', '"0x2"', '" 2"', '"2e0"', '""', '2', '"-1"'])
    t.match(await ann.changes(image.id, { title: 'Odd' }, tag), { status: 412 }, tag)
  t.equal((await ann.changes(image.id, { title: 'One of' }, '"abc", "2"')).status, 200)
  t.equal((await ann.changes(image.id, { title: 'Any' }, '*')).status, 200)
  t.equal((await ann.changes(image.id, { title: 'Free' })).status, 200)
  const now = (await asks('GET', image.links.self)).headers.get('etag') ?? ''
  const racing = await Promise.all(['a', 'b', 'c'].map(title => ann.changes(image.id, { title }, now)))
  t.same(racing.map(({ status }) => status).sort(), [200, 412, 412], 'of those who have read the same one is first')
})

t.test('an image that has changed since it was read is not deleted', async t => {
  const image = await anImage()
  const read = (await asks('GET', image.links.self)).headers.get('etag') ?? ''
  await ann.changes(image.id, { title: 'Changed' })
  for (const tag of [read, '"abc"'])
    t.match(await ann.removes(image.id, tag), { status: 412, body: { code: 'precondition_failed' } }, tag)
  t.equal(await db.collection('removals').countDocuments({ _id: image.id }), 0, 'nothing is begun')
  const now = (await asks('GET', image.links.self)).headers.get('etag') ?? ''
  const [removed, changed] = await Promise.all([
    ann.removes(image.id, now),
    ann.changes(image.id, { title: 'Again' }, now),
  ])
  const lost = removed.status === 204 ? changed.status : removed.status
  t.ok([404, 412].includes(lost), `one is first, the other is told ${lost}`)
  await ann.removes(image.id, '*')
  t.equal((await ann.removes(image.id, '*')).status, 404)
})

t.test('what can not be changed, and by whom', async t => {
  const image = await anImage()
  const hidden = await anImage({ visibility: 'private' })
  const bad: unknown[] = [
    {},
    { ownerId: bob.id },
    { title: 3 },
    { tags: 'a' },
    { visibility: 'secret' },
    { title: 'a\u0000' },
    [],
  ]
  for (const body of bad) {
    t.match(await ann.changes(image.id, body), { status: 400, body: { code: 'invalid_request' } }, JSON.stringify(body))
  }
  t.equal((await bob.changes(image.id, { title: 'Mine' })).status, 403)
  t.equal((await bob.removes(image.id)).status, 403)
  t.equal((await bob.changes(hidden.id, { title: 'Mine' })).status, 404, 'what is private is not even there')
  t.equal((await bob.removes(hidden.id)).status, 404)
  t.equal((await asks('DELETE', image.links.self)).status, 401)
  const key = await world.hasKey({ app: 'other', scopes: ['images:write'], ownerId: ann.id })
  t.equal((await asks('DELETE', image.links.self, { key: key.key })).status, 403)
  t.equal((await root.changes(hidden.id, { title: 'Seen' })).status, 200)
  t.equal((await root.removes(hidden.id)).status, 204)
  t.match((await root.gets(`/v1/audit?what=image_deleted&who=${root.id}`)).body.items, [{ thing: hidden.id }])
  t.equal((await ann.changes(hidden.id, { title: 'Gone' })).status, 404)
})

t.test('an image that becomes private is gone from lists and for others, and comes back', async t => {
  const image = await anImage({ tags: ['shy'] })
  const seen = async () => ids(await asks('GET', '/v1/images?tag=shy', { token: bob.token }))
  await ann.changes(image.id, { visibility: 'private' })
  t.same(await seen(), [])
  t.equal((await asks('GET', `${image.links.file}?width=100`, { token: bob.token })).status, 404)
  await ann.changes(image.id, { visibility: 'public' })
  t.same(await seen(), [image.id])
})

/** What there is of images, by their ids. */
async function leftOf(imageIds: string[]): Promise<Record<string, number>> {
  const count = (collection: string, filter: object) => db.collection(collection).countDocuments(filter)
  const blobIds = await db.collection('blobs.files').distinct('_id')
  return {
    images: await count('images', { _id: { $in: imageIds } }),
    files: await count('blobs.files', { 'metadata.imageId': { $in: imageIds } }),
    chunks: await count('blobs.chunks', { files_id: { $nin: blobIds } }),
    feedback: await count('feedback', { imageId: { $in: imageIds } }),
    removals: await count('removals', { _id: { $in: imageIds } }),
  }
}
const NOTHING = { images: 0, files: 0, chunks: 0, feedback: 0, removals: 0 }
const removers = [(imageId: string) => removeFeedback({ imageId }, db, new WriterMarks(db))]
const sweepIn = (seconds: number) =>
  new Removals(db, new Blobs(db), removers, silent).sweep(Date.now() + seconds * 1_000)

t.test('with an image goes all that belongs to it, and again what came meanwhile', async t => {
  const bytes = await noise(18, 18)
  const { body } = await ann.uploads(bytes)
  await asks('GET', `${body.links.file}?width=100`)
  await bob.reports([{ imageId: body.id, type: 'like' }])
  t.equal((await leftOf([body.id])).feedback, 1)
  t.equal((await ann.removes(body.id)).status, 204)
  t.same(
    await leftOf([body.id]),
    { ...NOTHING, removals: 1 },
    'the removal stands while somebody may remember the image',
  )
  t.equal((await asks('GET', body.links.self)).status, 404)
  t.equal((await asks('GET', body.links.file)).status, 404)
  t.equal((await ann.removes(body.id)).status, 404)
  const again = await ann.uploads(bytes)
  t.equal(again.status, 201, 'the same bytes may come again')
  await db
    .collection('feedback')
    .insertOne({ _id: feedbackId(bob.id, body.id) as never, person: bob.id, imageId: body.id })
  await sweepIn(95)
  t.same(await leftOf([body.id]), NOTHING)
  t.equal((await asks('GET', again.body.links.file)).status, 200)
})

t.test('many are deleted at once, and what can not be is said', async t => {
  const [one, two, other, hidden] = [
    await anImage(),
    await anImage(),
    await anImage({}, bob),
    await anImage({ visibility: 'private' }, bob),
  ]
  const json = { ids: [one.id, 'nothing', other.id, hidden.id, two.id] }
  const { status, body } = await asks('POST', '/v1/images/deletions', { token: ann.token, json })
  t.equal(status, 200)
  t.same(body.deleted, [one.id, two.id])
  t.same(
    body.failed.map(({ id, code }: { id: string; code: string }) => [id, code]),
    [
      ['nothing', 'not_found'],
      [other.id, 'forbidden'],
      [hidden.id, 'not_found'],
    ],
  )
  const many = Array.from({ length: 101 }, (_, i) => `x${i}`)
  for (const bad of [[], many, ['a', 'a'], ['a b']]) {
    t.equal((await asks('POST', '/v1/images/deletions', { token: ann.token, json: { ids: bad } })).status, 400)
  }
})

t.test('a removal that is killed at any step, before it or after, is resumed and leaves nothing', async t => {
  const wire = await aWire(t)
  const isWrite = (command: object) => /^(insert|update|delete)$/.test(Object.keys(command)[0] ?? '')
  let finished = false
  let kills = 0
  for (let step = 0; !finished; step++) {
    for (const before of [true, false]) {
      const { body } = await ann.uploads(await noise(width++, 20))
      await asks('GET', `${body.links.file}?width=100&format=webp`)
      await bob.reports([{ imageId: body.id, type: 'save' }])
      const image = (await db.collection<Image>('images').findOne({ _id: body.id })) as Image
      let [writes, dead] = [0, false]
      wire.onRequest = wire.onReply = () => 'pass'
      const client = await mongoose.mongo.MongoClient.connect(wire.uri)
      const die = () => {
        dead = true
        void client.close()
      }
      wire.onRequest = command => {
        if (isWrite(command) && writes++ === step && before) die()
        return dead ? 'cut' : 'pass'
      }
      wire.onReply = command => {
        if (isWrite(command) && writes - 1 === step && !before) die()
        return dead ? 'cut' : 'pass'
      }
      const theirs = client.db(db.databaseName)
      const dying = new Removals(
        theirs,
        new Blobs(theirs),
        [imageId => removeFeedback({ imageId }, theirs, new WriterMarks(theirs))],
        silent,
      )
      await dying.remove(image).catch(() => undefined)
      await client.close()
      if (dead) kills++
      else finished = true
      const name = `step ${step}, ${before ? 'before' : 'after'}`
      const left = await leftOf([body.id])
      if (left.removals === 0) {
        t.same(
          left,
          { images: 1, files: 2, chunks: 0, feedback: 1, removals: 0 },
          `${name}: not begun, all of it is there`,
        )
        t.equal((await asks('GET', body.links.file)).status, 200)
        await ann.removes(body.id)
      }
      await sweepIn(95)
      await sweepIn(190)
      t.same(await leftOf([body.id]), NOTHING, name)
    }
  }
  t.ok(kills >= 12, `${kills} kills`)
})

t.test('words are found in titles, descriptions and tags, by date, and only what may be seen', async t => {
  const lake = await anImage({ title: 'Morning by the lake' })
  const tagged = await anImage({ tags: ['lake'] })
  const told = await anImage({ description: 'We swam in the lake.' })
  const hidden = await anImage({ title: 'My own lake', visibility: 'private' })
  await anImage({ title: 'Mountains' })
  const search = async (query: string, token = bob.token) => asks('GET', `/v1/images?${query}`, { token })
  t.same(ids(await search('q=lake')), [told.id, tagged.id, lake.id])
  t.same(ids(await search('q=lake&sort=oldest')), [lake.id, tagged.id, told.id])
  t.same(ids(await search(`q=lake&owner=${ann.id}`, ann.token)), [hidden.id, told.id, tagged.id, lake.id])
  t.same(ids(await search('q=lake&tag=lake')), [tagged.id])
  t.same(ids(await search('q=nowhere')), [])
  const first = await search('q=lake&limit=2')
  const second = await search(`q=lake&limit=2&cursor=${first.body.nextCursor}`)
  t.same([...ids(first), ...ids(second)], [told.id, tagged.id, lake.id])
  t.equal(second.body.nextCursor, null)
  for (const odd of ['%22', '-', '$where', '%5C', '%22lake', '*']) {
    t.equal((await search(`q=${odd}`)).status, 200, odd)
  }
})

t.test('every list is found by an index', async t => {
  const list: ImageQuery = { sort: 'newest', limit: 20 }
  const me = { kind: 'user', id: ann.id, roles: ['user'], sessionId: 's' } as const
  const cursor = (await asks('GET', '/v1/images?limit=1')).body.nextCursor
  const cases: [string, ImageQuery][] = [
    ['visibility_1_uploadedAt_1__id_1', list],
    ['visibility_1_uploadedAt_1__id_1', { ...list, cursor, sort: 'oldest' }],
    ['visibility_1_tags_1_uploadedAt_1__id_1', { ...list, tag: 'lake' }],
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
