import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { LoggedEvent } from '../../src/events/event.ts'
import { eventId } from '../../src/events/event-id.ts'
import { type FlushParts, flush } from '../../src/events/ingest/flush.ts'
import { Ingest } from '../../src/events/ingest/ingest.ts'
import { WriterMarks } from '../../src/events/marks/writer-marks.ts'
import { changeFeedback } from '../../src/feedback/change-feedback.ts'
import type { FeedbackChange } from '../../src/feedback/events-of-change.ts'
import { feedbackProjection } from '../../src/feedback/feedback-projection.ts'
import { removeFeedback } from '../../src/feedback/remove-feedback.ts'
import { KeyedMutex } from '../../src/lib/keyed-mutex.ts'
import { rollUpBuckets } from '../../src/rollups/aggregation/roll-up-buckets.ts'
import { aLog, anEntry, anEvent, DAY, flushParts, refusingOnce, silent, WINDOW } from '../helpers/log.ts'
import { ownDatabase } from '../helpers/mongodb.ts'
import { noise } from '../helpers/pictures.ts'
import { until } from '../helpers/until.ts'
import { openWorld } from '../helpers/world.ts'

const database = await ownDatabase(t)
// All that is waited for comes before the first test: tap ends when the tests it knows of are over.
const world = await openWorld(t)
const [ann, bob] = [await world.signsUp('ann'), await world.signsUp('bob')]
const { body: image } = await ann.uploads(await noise(30, 20))
const { body: hidden } = await ann.uploads(await noise(31, 20), { visibility: 'private' })
const { db, client } = database
const log = await aLog(database)
const projection = feedbackProjection(db, new WriterMarks(db), WINDOW)

/** What stands of somebody's feedback, in one order and without when it was written. */
async function feedbackOn(imageId: string) {
  const found = await db.collection('feedback').find({ imageId }).sort({ person: 1 }).toArray()
  return found.map(({ person, reaction, rating, saved, tags = [] }) => ({
    person,
    reaction: reaction?.value ?? null,
    rating: rating?.value ?? null,
    saved: saved?.value ?? false,
    tags: tags
      .filter((tag: { on: boolean }) => tag.on)
      .map((tag: { tag: string }) => tag.tag)
      .sort(),
  }))
}

let clock = Date.now() - 60_000
/** Events one millisecond apart, the later ones later. */
function says(imageId: string, person: string, ...words: Partial<LoggedEvent>[]): LoggedEvent[] {
  return words.map(word => {
    const at = new Date(clock++)
    return anEvent(imageId, { _id: eventId(at, 'test', String(clock), imageId), at, person, ...word })
  })
}

t.test('the last word on each thing holds', async t => {
  await projection.update(
    says(
      'last',
      'ann',
      { type: 'like' },
      { type: 'dislike' },
      { type: 'rating', value: 2 },
      { type: 'rating', value: 4 },
      { type: 'save' },
    ),
  )
  await projection.update(
    says('last', 'ann', { type: 'tag', tag: 'sea' }, { type: 'tag', tag: 'sky' }, { type: 'untag', tag: 'sea' }),
  )
  t.same(await feedbackOn('last'), [{ person: 'ann', reaction: 'dislike', rating: 4, saved: true, tags: ['sky'] }])
  await projection.update(
    says('last', 'ann', { type: 'clear' }, { type: 'unrate' }, { type: 'unsave' }, { type: 'untag', tag: 'sky' }),
  )
  t.same(await feedbackOn('last'), [{ person: 'ann', reaction: null, rating: null, saved: false, tags: [] }])
})

t.test('an image is marked before the feedback on it changes', async t => {
  await projection.update(says('marked', 'ann', { type: 'like' }))
  t.match(await db.collection('marks').findOne({ imageId: 'marked' }), { _id: { grain: 'current', start: null } })
})

const word = fc.oneof(
  fc.constantFrom('like', 'dislike', 'clear', 'unrate', 'save', 'unsave').map(type => ({ type })),
  fc.integer({ min: 1, max: 5 }).map(value => ({ type: 'rating', value })),
  fc.record({ type: fc.constantFrom('tag', 'untag'), tag: fc.constantFrom('a', 'b', 'c') }),
) as fc.Arbitrary<Partial<LoggedEvent>>

t.test('any order, split and repetition of the same words ends in the same state', async t => {
  let world = 0
  const story = fc.record({
    words: fc.array(word, { minLength: 1, maxLength: 12 }),
    order: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
    cuts: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 }),
    again: fc.array(fc.nat(11), { maxLength: 5 }),
  })
  await fc.assert(
    fc.asyncProperty(story, async ({ words, order, cuts, again }) => {
      const [straight, shuffled] = [`order-${++world}`, `order-${world}-shuffled`]
      const events = says(straight, 'ann', ...words)
      await projection.update(events)
      const mixed = events.map((event, i) => ({ event, key: order[i] ?? 0 })).sort((a, b) => a.key - b.key)
      const sent = [...mixed.map(({ event }) => event), ...again.flatMap(i => events[i] ?? [])]
      for (let from = 0, turn = 0; from < sent.length; turn++) {
        const size = cuts[turn % cuts.length] ?? 1
        await projection.update(sent.slice(from, from + size).map(event => ({ ...event, imageId: shuffled })))
        from += size
      }
      t.same(await feedbackOn(shuffled), await feedbackOn(straight))
    }),
    { numRuns: 40 },
  )
})

t.test('a duplicate that says something else changes nothing: the stored word is followed', async t => {
  const parts = await flushParts(database)
  const entry = anEntry('stored', { type: 'like', person: 'ann' })
  await flush([entry], parts)
  await db.collection('feedback').deleteMany({ imageId: 'stored' })
  await flush([{ ...entry, event: { ...entry.event, type: 'dislike' } }], parts)
  t.match(await feedbackOn('stored'), [{ reaction: 'like' }])
})

t.test('current counts are what stands now', async t => {
  for (const person of ['a', 'b', 'c']) {
    await projection.update(
      says('now', person, { type: 'like' }, { type: 'rating', value: 5 }, { type: 'tag', tag: 'sea' }),
    )
  }
  await projection.update(
    says('now', 'c', { type: 'dislike' }, { type: 'save' }, { type: 'tag', tag: 'fog' }, { type: 'unrate' }),
  )
  await client.withSession(session =>
    rollUpBuckets([{ imageId: 'now', grain: 'current', start: null }], { db, log }, session),
  )
  const rollup = await db.collection('rollups').findOne({ imageId: 'now', '_id.grain': 'current' })
  t.same(rollup?.current, {
    likes: 2,
    dislikes: 1,
    saves: 1,
    ratings: [0, 0, 0, 0, 2],
    tags: [
      { tag: 'sea', count: 3 },
      { tag: 'fog', count: 1 },
    ],
  })
})

const STANDS: Required<FeedbackChange> = { reaction: 'like', rating: 4, saved: true, tags: ['lake', 'sea'] }
const CLEAR = { reaction: null, rating: null, saved: false, tags: [] }

/** What becomes of feedback when everything that the log holds is said to nobody yet. */
async function toldAnew(imageId: string) {
  const events = await log.read({ imageId }).toArray()
  const before = await feedbackOn(imageId)
  await db.collection('feedback').deleteMany({ imageId })
  await projection.update(events)
  return { before, anew: await feedbackOn(imageId), types: events.map(({ type }) => type).sort() }
}

/** Changes feedback where what happens at a flush is in the test's hands. */
async function changing(change: Partial<FlushParts> = {}) {
  const ingest = new Ingest({ ...(await flushParts(database)), ...change }, { events: 1000, bytes: 1e6 }, silent)
  const mutex = new KeyedMutex()
  return (person: string, imageId: string, wanted: FeedbackChange) =>
    changeFeedback(person, imageId, wanted, { db, ingest, mutex })
}

t.test('only what changes something is said', async t => {
  const change = await changing()
  await change('ann', 'changes', STANDS)
  await change('ann', 'changes', STANDS)
  await change('ann', 'changes', { rating: 4, tags: ['sea', 'fog'] })
  const { before, anew, types } = await toldAnew('changes')
  t.same(types, ['like', 'rating', 'save', 'tag', 'tag', 'tag', 'untag'])
  t.same(before, [{ person: 'ann', ...STANDS, tags: ['fog', 'sea'] }])
  t.same(anew, before, 'log and feedback say the same')
})

t.test('a follower that fails once is told again before the answer', async t => {
  let calls = 0
  const failing = {
    ...projection,
    update: async (events: LoggedEvent[]) => {
      if (++calls === 1) throw new Error('the database went away')
      await projection.update(events)
    },
  }
  const change = await changing({ projections: [failing] })
  t.match(await change('ann', 'fails', { reaction: 'like' }), { reaction: { value: 'like' } })
  t.equal(calls, 2)
  t.same((await toldAnew('fails')).types, ['like'])
})

t.test('killed between log and feedback: the same wish again, or the audit, makes them equal', async t => {
  const dying = await changing({ projections: [] })
  const change = await changing()
  await dying('ann', 'killed', { reaction: 'like', tags: ['sea'] })
  await dying('bob', 'killed', { reaction: 'dislike' })
  t.same(await feedbackOn('killed'), [], 'nobody was told')
  await change('ann', 'killed', { reaction: 'like', tags: ['sea'] })
  // What the audit does, every night.
  await projection.update(await log.read({ imageId: 'killed' }).toArray())
  const { before, anew } = await toldAnew('killed')
  t.same(before, [
    { person: 'ann', ...CLEAR, reaction: 'like', tags: ['sea'] },
    { person: 'bob', ...CLEAR, reaction: 'dislike' },
  ])
  t.same(anew, before)
})

t.test('a word that stands ahead of the clock is overruled all the same', async t => {
  const at = new Date(Date.now() + 4 * 60_000)
  const ahead = anEvent('ahead', { _id: eventId(at, 'test', 'ahead', 'ahead'), at, person: 'ann', type: 'like' })
  await flush([{ event: ahead, bytes: 100, mayReach: () => true }], await flushParts(database))
  const change = await changing()
  t.match(await change('ann', 'ahead', { reaction: null }), {
    reaction: { value: null, at: new Date(at.getTime() + 1) },
  })
  t.match(await change('ann', 'ahead', { reaction: 'dislike' }), { reaction: { value: 'dislike' } })
  const { before, anew } = await toldAnew('ahead')
  t.match(before, [{ reaction: 'dislike' }])
  t.same(anew, before)
})

t.test('of changes at once one stands whole', async t => {
  const change = await changing()
  const wishes = Array.from({ length: 12 }, (_, i): Required<FeedbackChange> => {
    const reaction = (['like', 'dislike', null] as const)[i % 3] ?? null
    return {
      reaction,
      rating: (i % 5) + 1,
      saved: i % 2 === 0,
      tags: [`tag-${i}`, `tag-${i % 4}`].slice(0, (i % 2) + 1),
    }
  })
  await Promise.all(wishes.map(wanted => change('ann', 'race', wanted)))
  const { before, anew } = await toldAnew('race')
  t.ok(
    wishes.some(wanted => isDeepStrictEqual({ person: 'ann', ...wanted, tags: [...wanted.tags].sort() }, before[0])),
    JSON.stringify(before),
  )
  t.same(anew, before)
})

t.test('tags that are on stay before those that were taken off', async t => {
  const others = Array.from({ length: 250 }, (_, i) => `tag ${i}`)
  const words = others.flatMap(tag => [
    { type: 'tag', tag },
    { type: 'untag', tag },
  ]) as Partial<LoggedEvent>[]
  const events = says('many', 'ann', { type: 'tag', tag: 'keep' }, ...words, { type: 'tag', tag: 'last' })
  for (const event of events) await projection.update([event])
  t.same((await feedbackOn('many'))[0]?.tags, ['keep', 'last'])
  await projection.update(events)
  t.same((await feedbackOn('many'))[0]?.tags, ['keep', 'last'], 'nor does anything change when it is told again')
})

t.test('a tag that was taken off stays off while an older word on it may still come', async t => {
  const patient = feedbackProjection(db, new WriterMarks(db), 30 * DAY)
  const said = (days: number, type: 'tag' | 'untag') => {
    const at = new Date(Date.now() - days * DAY)
    return anEvent('patient', { _id: eventId(at, 'test', type, 'patient'), at, type, tag: 'sea' })
  }
  await patient.update([said(20, 'untag')])
  await patient.update([said(29, 'tag')])
  t.match(await feedbackOn('patient'), [{ tags: [] }])
})

t.test('the feedback on an image goes with it, after its mark', async t => {
  await projection.update(Array.from({ length: 1203 }, (_, i) => anEvent('removed', { person: `p${i}`, type: 'like' })))
  await db.collection('marks').deleteMany({ imageId: 'removed' })
  for (const _ of ['once', 'and again']) await removeFeedback({ imageId: 'removed' }, db, new WriterMarks(db))
  t.equal(await db.collection('feedback').countDocuments({ imageId: 'removed' }), 0)
  t.ok(await db.collection('marks').findOne({ imageId: 'removed', '_id.grain': 'current' }))
})

t.test('feedback that is not known to be gone is said to be there', async t => {
  await projection.update([anEvent('refused', { type: 'like' })])
  const remove = (by: typeof db) => removeFeedback({ imageId: 'refused' }, by, new WriterMarks(db))
  const refusing = refusingOnce(db, 'feedback')
  await t.rejects(remove(refusing), /unknown whether the documents are deleted/)
  await remove(refusing)
  t.equal(await db.collection('feedback').countDocuments({ imageId: 'refused' }), 0)
})

t.test('a like that is posted is feedback when the answer is there, and counted soon', async t => {
  t.equal((await ann.reports([{ imageId: image.id, type: 'like' }])).status, 202)
  t.match((await ann.gets(`/v1/images/${image.id}/feedback`)).body, { ...CLEAR, reaction: 'like' })
  await until('the like is counted', async () => {
    const { body } = await ann.statsOf(image.id)
    return body.current.likes === 1
  })
  t.pass()
})

t.test('PUT says all, PATCH some, DELETE takes back, and each is read at once', async t => {
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
  await until('the stats say so', async () => {
    const { totals, current } = (await ann.statsOf(image.id)).body
    return totals.counts.save === 1 && totals.counts.unsave === 1 && totals.counts.rating === 1 && current.saves === 0
  })
})

t.test('what is no feedback is refused by the field', async t => {
  const cases: [object, string][] = [
    [{ reaction: 'love' }, '/reaction'],
    [{ reaction: { $ne: null } }, '/reaction/$ne'],
    [{ rating: 6 }, '/rating'],
    [{ rating: 2.5 }, '/rating'],
    [{ rating: '5' }, '/rating'],
    [{ saved: null }, '/saved'],
    [{ tags: Array.from({ length: 51 }, (_, i) => `${i}`) }, '/tags'],
    [{ tags: ['a', 'a'] }, '/tags'],
    [{ tags: ['a\u0000'] }, '/tags/0'],
    [{ surprise: 1 }, '/surprise'],
  ]
  for (const [wanted, pointer] of cases) {
    const { status, body } = await bob.thinks(image.id, wanted)
    t.equal(status, 400)
    t.equal(body.errors[0].pointer, pointer, JSON.stringify(wanted))
  }
})

t.test('a body of nothing but faults gets a short answer, a large one none at all', async t => {
  const { status, body } = await bob.thinks(image.id, { tags: Array(20_000).fill(0) })
  t.equal(status, 400)
  t.equal(body.errors.length, 50)
  t.equal((await bob.thinks(image.id, { tags: ['x'.repeat(70_000)] })).status, 413)
})

t.test('there is no feedback on what one may not see', async t => {
  for (const id of [hidden.id, 'nothing']) {
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const json = method === 'GET' || method === 'DELETE' ? {} : { json: { saved: true } }
      const { status } = await world.asks(method, `/v1/images/${id}/feedback`, { token: bob.token, ...json })
      t.equal(status, 404, `${method} ${id}`)
    }
  }
  t.equal((await ann.thinks(hidden.id, { saved: true })).status, 200)
})

t.test('what I liked and saved is listed, the last first, each once over all pages', async t => {
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
  t.same((await bob.gets('/v1/users/me/feedback')).body.items, [], 'nothing that was taken back')
})
