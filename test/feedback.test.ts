import fc from 'fast-check'
import t from 'tap'
import { CoveredBuckets } from '../src/events/covered.ts'
import type { LoggedEvent } from '../src/events/event.ts'
import { eventId } from '../src/events/event-id.ts'
import { flush } from '../src/events/flush.ts'
import { feedbackFollower } from '../src/feedback/follow.ts'
import { foldBuckets } from '../src/stats/fold-buckets.ts'
import { aLog, anEntry, anEvent, flushParts } from './helpers/log.ts'
import { ownDatabase } from './helpers/mongodb.ts'
import { noise } from './helpers/pictures.ts'
import { until } from './helpers/until.ts'
import { openWorld } from './helpers/world.ts'

const database = await ownDatabase(t)
const { db, client } = database
const log = await aLog(database)
const follower = feedbackFollower(db, new CoveredBuckets(db))

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
  await follower.follow(
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
  await follower.follow(
    says('last', 'ann', { type: 'tag', tag: 'sea' }, { type: 'tag', tag: 'sky' }, { type: 'untag', tag: 'sea' }),
  )
  t.same(await feedbackOn('last'), [{ person: 'ann', reaction: 'dislike', rating: 4, saved: true, tags: ['sky'] }])
  await follower.follow(
    says('last', 'ann', { type: 'clear' }, { type: 'unrate' }, { type: 'unsave' }, { type: 'untag', tag: 'sky' }),
  )
  t.same(await feedbackOn('last'), [{ person: 'ann', reaction: null, rating: null, saved: false, tags: [] }])
})

t.test('an image is marked before the feedback on it changes', async t => {
  await follower.follow(says('marked', 'ann', { type: 'like' }))
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
      await follower.follow(events)
      const mixed = events.map((event, i) => ({ event, key: order[i] ?? 0 })).sort((a, b) => a.key - b.key)
      const sent = [...mixed.map(({ event }) => event), ...again.flatMap(i => events[i] ?? [])]
      for (let from = 0, turn = 0; from < sent.length; turn++) {
        const size = cuts[turn % cuts.length] ?? 1
        await follower.follow(sent.slice(from, from + size).map(event => ({ ...event, imageId: shuffled })))
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
    await follower.follow(
      says('now', person, { type: 'like' }, { type: 'rating', value: 5 }, { type: 'tag', tag: 'sea' }),
    )
  }
  await follower.follow(
    says('now', 'c', { type: 'dislike' }, { type: 'save' }, { type: 'tag', tag: 'fog' }, { type: 'unrate' }),
  )
  await client.withSession(session =>
    foldBuckets([{ imageId: 'now', grain: 'current', start: null }], { db, log }, session),
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

t.test('a like that is posted is feedback when the answer is there, and counted soon', async t => {
  const world = await openWorld(t)
  const ann = await world.signsUp('ann')
  const { body: image } = await ann.uploads(await noise(30, 20))
  t.equal((await ann.reports([{ imageId: image.id, type: 'like' }])).status, 202)
  const feedback = await world.database.db.collection('feedback').findOne({ person: ann.id, imageId: image.id })
  t.equal(feedback?.reaction.value, 'like')
  await until('the like is counted', async () => {
    const { body } = await ann.statsOf(image.id)
    return body.current.likes === 1
  })
  t.pass()
})
