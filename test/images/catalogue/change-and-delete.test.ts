import mongoose from 'mongoose'
import t from 'tap'
import { WriterMarks } from '../../../src/events/marks/writer-marks.ts'
import { feedbackId } from '../../../src/feedback/feedback.ts'
import { removeFeedback } from '../../../src/feedback/remove-feedback.ts'
import { Removals } from '../../../src/images/catalogue/removals.ts'
import type { Image } from '../../../src/images/image.ts'
import { Blobs } from '../../../src/images/storage/blobs.ts'
import { aWire } from '../../helpers/database/wire.ts'
import { newImage } from '../../helpers/images/new-image.ts'
import { silent } from '../../helpers/log.ts'
import { noise } from '../../helpers/pictures.ts'
import { ADMIN, openWorld } from '../../helpers/world.ts'

const world = await openWorld(t)
const { asks, database } = world
const { db } = database
const ann = await world.signsUp('ann')
const bob = await world.signsUp('bob')
const root = await world.signsIn(ADMIN)

t.test('a change with If-Match applies only to the revision that was read', async t => {
  const image = await newImage(ann, { title: 'Before', tags: ['old'] })
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
  t.same(
    racing.map(({ status }) => status).sort(),
    [200, 412, 412],
    'of concurrent changes of one revision one is applied',
  )
})

t.test('a deletion with If-Match is refused when the image has changed', async t => {
  const image = await newImage(ann)
  const read = (await asks('GET', image.links.self)).headers.get('etag') ?? ''
  await ann.changes(image.id, { title: 'Changed' })
  for (const tag of [read, '"abc"'])
    t.match(await ann.removes(image.id, tag), { status: 412, body: { code: 'precondition_failed' } }, tag)
  t.equal(await db.collection('removals').countDocuments({ _id: image.id }), 0, 'no removal has begun')
  const now = (await asks('GET', image.links.self)).headers.get('etag') ?? ''
  const [removed, changed] = await Promise.all([
    ann.removes(image.id, now),
    ann.changes(image.id, { title: 'Again' }, now),
  ])
  const lost = removed.status === 204 ? changed.status : removed.status
  t.ok([404, 412].includes(lost), `one request succeeds, the other is answered with ${lost}`)
  await ann.removes(image.id, '*')
  t.equal((await ann.removes(image.id, '*')).status, 404)
})

t.test('invalid changes are refused, and so are changes by others than the owner and admins', async t => {
  const image = await newImage(ann)
  const hidden = await newImage(ann, { visibility: 'private' })
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
  t.equal((await bob.changes(hidden.id, { title: 'Mine' })).status, 404, 'a private image does not exist for others')
  t.equal((await bob.removes(hidden.id)).status, 404)
  t.equal((await asks('DELETE', image.links.self)).status, 401)
  const key = await world.hasKey({ app: 'other', scopes: ['images:write'], ownerId: ann.id })
  t.equal((await asks('DELETE', image.links.self, { key: key.key })).status, 403)
  t.equal((await root.changes(hidden.id, { title: 'Seen' })).status, 200)
  t.equal((await root.removes(hidden.id)).status, 204)
  t.match((await root.gets(`/v1/audit?what=image_deleted&who=${root.id}`)).body.items, [{ thing: hidden.id }])
  t.equal((await ann.changes(hidden.id, { title: 'Gone' })).status, 404)
})

/** Counts the documents that belong to images, by collection. */
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

t.test('a deletion removes all that belongs to the image, and the sweep what was written meanwhile', async t => {
  const bytes = await noise(18, 18)
  const { body } = await ann.uploads(bytes)
  await asks('GET', `${body.links.file}?width=100`)
  await bob.reports([{ imageId: body.id, type: 'like' }])
  t.equal((await leftOf([body.id])).feedback, 1)
  t.equal((await ann.removes(body.id)).status, 204)
  t.same(
    await leftOf([body.id]),
    { ...NOTHING, removals: 1 },
    'the removal document stays while a cache may still have the image',
  )
  t.equal((await asks('GET', body.links.self)).status, 404)
  t.equal((await asks('GET', body.links.file)).status, 404)
  t.equal((await ann.removes(body.id)).status, 404)
  const again = await ann.uploads(bytes)
  t.equal(again.status, 201, 'the same bytes can be uploaded again')
  await db
    .collection('feedback')
    .insertOne({ _id: feedbackId(bob.id, body.id) as never, person: bob.id, imageId: body.id })
  await sweepIn(95)
  t.same(await leftOf([body.id]), NOTHING)
  t.equal((await asks('GET', again.body.links.file)).status, 200)
})

t.test('a bulk deletion reports the images that it could not delete', async t => {
  const [one, two, other, hidden] = [
    await newImage(ann),
    await newImage(ann),
    await newImage(bob),
    await newImage(bob, { visibility: 'private' }),
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

t.test('a removal that is killed before or after any write is resumed and leaves nothing', async t => {
  const wire = await aWire(t)
  const isWrite = (command: object) => /^(insert|update|delete)$/.test(Object.keys(command)[0] ?? '')
  let finished = false
  let kills = 0
  for (let step = 0; !finished; step++) {
    for (const before of [true, false]) {
      const body = await newImage(ann)
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
          `${name}: not begun, nothing is removed`,
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
