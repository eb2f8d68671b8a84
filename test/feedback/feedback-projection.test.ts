import fc from 'fast-check'
import t from 'tap'
import type { LoggedEvent } from '../../src/events/event.ts'
import { eventId } from '../../src/events/event-id.ts'
import { flush } from '../../src/events/ingest/flush.ts'
import { WriterMarks } from '../../src/events/marks/writer-marks.ts'
import { feedbackProjection } from '../../src/feedback/feedback-projection.ts'
import { removeFeedback } from '../../src/feedback/remove-feedback.ts'
import { rollUpBuckets } from '../../src/rollups/aggregation/roll-up-buckets.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { feedbackOn } from '../helpers/feedback.ts'
import { aLog, anEntry, anEvent, DAY, flushParts, refusingOnce, WINDOW } from '../helpers/log.ts'

const database = await ownDatabase(t)
const { db, client } = database
const log = await aLog(database)
const projection = feedbackProjection(db, new WriterMarks(db), WINDOW)

let clock = Date.now() - 60_000
/** Events of one person on an image, one millisecond apart. */
function says(imageId: string, person: string, ...words: Partial<LoggedEvent>[]): LoggedEvent[] {
  return words.map(word => {
    const at = new Date(clock++)
    return anEvent(imageId, { _id: eventId(at, 'test', String(clock), imageId), at, person, ...word })
  })
}

t.test('the last event of each register counts', async t => {
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
  t.same(await feedbackOn(db, 'last'), [{ person: 'ann', reaction: 'dislike', rating: 4, saved: true, tags: ['sky'] }])
  await projection.update(
    says('last', 'ann', { type: 'clear' }, { type: 'unrate' }, { type: 'unsave' }, { type: 'untag', tag: 'sky' }),
  )
  t.same(await feedbackOn(db, 'last'), [{ person: 'ann', reaction: null, rating: null, saved: false, tags: [] }])
})

t.test('an image is marked when its feedback changes', async t => {
  await projection.update(says('marked', 'ann', { type: 'like' }))
  t.match(await db.collection('marks').findOne({ imageId: 'marked' }), { _id: { grain: 'current', start: null } })
})

const word = fc.oneof(
  fc.constantFrom('like', 'dislike', 'clear', 'unrate', 'save', 'unsave').map(type => ({ type })),
  fc.integer({ min: 1, max: 5 }).map(value => ({ type: 'rating', value })),
  fc.record({ type: fc.constantFrom('tag', 'untag'), tag: fc.constantFrom('a', 'b', 'c') }),
) as fc.Arbitrary<Partial<LoggedEvent>>

t.test('the order, batching and repetition of events do not change the feedback', async t => {
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
      t.same(await feedbackOn(db, shuffled), await feedbackOn(db, straight))
    }),
    { numRuns: 40 },
  )
})

t.test('of two different events with one id the stored one counts', async t => {
  const parts = await flushParts(database)
  const entry = anEntry('stored', { type: 'like', person: 'ann' })
  await flush([entry], parts)
  await db.collection('feedback').deleteMany({ imageId: 'stored' })
  await flush([{ ...entry, event: { ...entry.event, type: 'dislike' } }], parts)
  t.match(await feedbackOn(db, 'stored'), [{ reaction: 'like' }])
})

t.test('the current counts are those of the feedback that stands', async t => {
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

t.test('when there are too many tags, removed ones are forgotten first', async t => {
  const others = Array.from({ length: 250 }, (_, i) => `tag ${i}`)
  const words = others.flatMap(tag => [
    { type: 'tag', tag },
    { type: 'untag', tag },
  ]) as Partial<LoggedEvent>[]
  const events = says('many', 'ann', { type: 'tag', tag: 'keep' }, ...words, { type: 'tag', tag: 'last' })
  for (const event of events) await projection.update([event])
  t.same((await feedbackOn(db, 'many'))[0]?.tags, ['keep', 'last'])
  await projection.update(events)
  t.same((await feedbackOn(db, 'many'))[0]?.tags, ['keep', 'last'], 'repeating the events changes nothing')
})

t.test('a removed tag stays removed while an older event may still arrive', async t => {
  const patient = feedbackProjection(db, new WriterMarks(db), 30 * DAY)
  const said = (days: number, type: 'tag' | 'untag') => {
    const at = new Date(Date.now() - days * DAY)
    return anEvent('patient', { _id: eventId(at, 'test', type, 'patient'), at, type, tag: 'sea' })
  }
  await patient.update([said(20, 'untag')])
  await patient.update([said(29, 'tag')])
  t.match(await feedbackOn(db, 'patient'), [{ tags: [] }])
})

t.test('the feedback on an image is deleted with it, after its mark is written', async t => {
  await projection.update(Array.from({ length: 1203 }, (_, i) => anEvent('removed', { person: `p${i}`, type: 'like' })))
  await db.collection('marks').deleteMany({ imageId: 'removed' })
  for (const _ of ['once', 'and again']) await removeFeedback({ imageId: 'removed' }, db, new WriterMarks(db))
  t.equal(await db.collection('feedback').countDocuments({ imageId: 'removed' }), 0)
  t.ok(await db.collection('marks').findOne({ imageId: 'removed', '_id.grain': 'current' }))
})

t.test('a deletion of feedback fails when it is unknown whether all of it is deleted', async t => {
  await projection.update([anEvent('refused', { type: 'like' })])
  const remove = (by: typeof db) => removeFeedback({ imageId: 'refused' }, by, new WriterMarks(db))
  const refusing = refusingOnce(db, 'feedback')
  await t.rejects(remove(refusing), /unknown whether the documents are deleted/)
  await remove(refusing)
  t.equal(await db.collection('feedback').countDocuments({ imageId: 'refused' }), 0)
})
