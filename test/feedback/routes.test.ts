import t from 'tap'
import type { FeedbackChange } from '../../src/feedback/events-of-change.ts'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const [ann, bob] = [await world.signsUp('ann'), await world.signsUp('bob')]
const { body: image } = await ann.uploads(await noise(30, 20))
const { body: hidden } = await ann.uploads(await noise(31, 20), { visibility: 'private' })
const STANDS: Required<FeedbackChange> = { reaction: 'like', rating: 4, saved: true, tags: ['lake', 'sea'] }
const CLEAR = { reaction: null, rating: null, saved: false, tags: [] }

t.test('a posted like is feedback when it is answered, and is counted soon after', async t => {
  t.equal((await ann.reports([{ imageId: image.id, type: 'like' }])).status, 202)
  t.match((await ann.gets(`/v1/images/${image.id}/feedback`)).body, { ...CLEAR, reaction: 'like' })
  await until('the like is counted', async () => {
    const { body } = await ann.statsOf(image.id)
    return body.current.likes === 1
  })
  t.pass()
})

t.test('PUT replaces feedback, PATCH changes some of it, DELETE removes it, all visible at once', async t => {
  const path = `/v1/images/${image.id}/feedback`
  t.same((await bob.gets(path)).body, { imageId: image.id, ...CLEAR, updatedAt: null })
  t.match(await bob.thinks(image.id, { ...STANDS, tags: ['sea', 'lake'] }), { status: 200, body: STANDS })
  t.match((await bob.thinks(image.id, { rating: null, tags: ['sea'] }, 'PATCH')).body, {
    ...STANDS,
    rating: null,
    tags: ['sea'],
  })
  t.match((await bob.thinks(image.id, {}, 'PATCH')).body, { reaction: 'like' })
  t.match((await bob.thinks(image.id, { saved: true })).body, { ...CLEAR, saved: true })
  t.match((await bob.gets(path)).body, { ...CLEAR, saved: true })
  t.equal((await bob.deletes(path)).status, 204)
  t.match((await bob.gets(path)).body, CLEAR)
  await until('the stats are updated', async () => {
    const { totals, current } = (await ann.statsOf(image.id)).body
    return totals.counts.save === 1 && totals.counts.unsave === 1 && totals.counts.rating === 1 && current.saves === 0
  })
})

t.test('invalid feedback is refused, with the field', async t => {
  const cases: [object, string][] = [
    [{ reaction: 'love' }, '/reaction'],
    [{ reaction: { $ne: null } }, '/reaction/$ne'],
    [{ rating: 6 }, '/rating'],
    [{ rating: 2.5 }, '/rating'],
    [{ rating: '5' }, '/rating'],
    [{ saved: null }, '/saved'],
    [{ tags: Array.from({ length: 51 }, (_, i) => `${i}`) }, '/tags'],
    [{ tags: ['a\u0000'] }, '/tags/0'],
    [{ surprise: 1 }, '/surprise'],
  ]
  for (const [wanted, pointer] of cases) {
    const { status, body } = await bob.thinks(image.id, wanted)
    t.equal(status, 400)
    t.equal(body.errors[0].pointer, pointer, JSON.stringify(wanted))
  }
})

t.test('the answer lists at most 50 faults of a body, and a body that is too large is not read', async t => {
  const { status, body } = await bob.thinks(image.id, { tags: Array(20_000).fill(0) })
  t.equal(status, 400)
  t.equal(body.errors.length, 50)
  t.equal((await bob.thinks(image.id, { tags: ['x'.repeat(70_000)] })).status, 413)
})

t.test('feedback on an image that the caller may not see is answered with 404', async t => {
  for (const id of [hidden.id, 'nothing']) {
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const json = method === 'GET' || method === 'DELETE' ? {} : { json: { saved: true } }
      const { status } = await world.asks(method, `/v1/images/${id}/feedback`, { token: bob.token, ...json })
      t.equal(status, 404, `${method} ${id}`)
    }
  }
  t.equal((await ann.thinks(hidden.id, { saved: true })).status, 200)
})

t.test('the feedback of a user is listed, each image once over all pages', async t => {
  const carl = await world.signsUp('carl')
  const images: string[] = []
  for (let i = 0; i < 5; i++) images.push((await carl.uploads(await noise(20 + i, 20))).body.id)
  for (const [i, id] of images.entries()) await carl.thinks(id, { reaction: i % 2 ? 'dislike' : 'like', saved: i < 2 })
  await carl.deletes(`/v1/images/${images[4]}/feedback`)
  const feedback = world.database.db.collection('feedback')
  await feedback.updateMany({ person: carl.id }, { $set: { updatedAt: new Date() } })
  const ids = async (query: string) => {
    const { body } = await carl.gets(`/v1/users/me/feedback${query}`)
    return body.items.map((item: { imageId: string }) => item.imageId).sort()
  }
  t.same(await ids(''), images.slice(0, 4).sort())
  t.same(await ids('?reaction=like'), [images[0], images[2]].sort())
  t.same(await ids('?saved=true'), images.slice(0, 2).sort())
  t.same(await ids('?saved=false&reaction=dislike'), [images[3]])
  const paged: string[] = []
  for (let cursor = ''; paged.length < 9; ) {
    const { body } = await carl.gets(`/v1/users/me/feedback?limit=1${cursor}`)
    paged.push(...body.items.map((item: { imageId: string }) => item.imageId))
    if (body.nextCursor === null) break
    cursor = `&cursor=${body.nextCursor}`
  }
  t.same(paged.sort(), images.slice(0, 4).sort())
  t.same((await bob.gets('/v1/users/me/feedback')).body.items, [], 'removed feedback is not listed')
})
