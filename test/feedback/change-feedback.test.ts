import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import type { LoggedEvent } from '../../src/events/event.ts'
import { eventId } from '../../src/events/event-id.ts'
import { type FlushParts, flush } from '../../src/events/ingest/flush.ts'
import { Ingest } from '../../src/events/ingest/ingest.ts'
import { WriterMarks } from '../../src/events/marks/writer-marks.ts'
import { changeFeedback } from '../../src/feedback/change-feedback.ts'
import type { FeedbackChange } from '../../src/feedback/events-of-change.ts'
import { feedbackProjection } from '../../src/feedback/feedback-projection.ts'
import { KeyedMutex } from '../../src/lib/keyed-mutex.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { feedbackOn } from '../helpers/feedback.ts'
import { aLog, anEvent, flushParts, silent, WINDOW } from '../helpers/log.ts'

const database = await ownDatabase(t)
// All that is waited for comes before the first test: tap ends when the tests it knows of are over.
const { db } = database
const log = await aLog(database)
const projection = feedbackProjection(db, new WriterMarks(db), WINDOW)

const STANDS: Required<FeedbackChange> = { reaction: 'like', rating: 4, saved: true, tags: ['lake', 'sea'] }
const CLEAR = { reaction: null, rating: null, saved: false, tags: [] }

/** Projects all events of an image again. @returns the feedback before and after, and the types of the events */
async function toldAnew(imageId: string) {
  const events = await log.read({ imageId }).toArray()
  const before = await feedbackOn(db, imageId)
  await db.collection('feedback').deleteMany({ imageId })
  await projection.update(events)
  return { before, anew: await feedbackOn(db, imageId), types: events.map(({ type }) => type).sort() }
}

/** Returns a function that changes feedback, with some dependencies of the flush replaced. */
async function changing(change: Partial<FlushParts> = {}) {
  const ingest = new Ingest({ ...(await flushParts(database)), ...change }, { events: 1000, bytes: 1e6 }, silent)
  const mutex = new KeyedMutex()
  return (person: string, imageId: string, wanted: FeedbackChange) =>
    changeFeedback(person, imageId, wanted, { db, ingest, mutex })
}

t.test('only changes are logged as events', async t => {
  const change = await changing()
  await change('ann', 'changes', STANDS)
  await change('ann', 'changes', STANDS)
  await change('ann', 'changes', { rating: 4, tags: ['sea', 'fog'] })
  const { before, anew, types } = await toldAnew('changes')
  t.same(types, ['like', 'rating', 'save', 'tag', 'tag', 'tag', 'untag'])
  t.same(before, [{ person: 'ann', ...STANDS, tags: ['fog', 'sea'] }])
  t.same(anew, before, 'log and feedback agree')
})

t.test('a projection that fails once is retried before the answer', async t => {
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

t.test('when the process is killed between log and feedback, a retry or the audit makes them agree', async t => {
  const dying = await changing({ projections: [] })
  const change = await changing()
  await dying('ann', 'killed', { reaction: 'like', tags: ['sea'] })
  await dying('bob', 'killed', { reaction: 'dislike' })
  t.same(await feedbackOn(db, 'killed'), [], 'the projection was not updated')
  await change('ann', 'killed', { reaction: 'like', tags: ['sea'] })
  // This is what the nightly audit does.
  await projection.update(await log.read({ imageId: 'killed' }).toArray())
  const { before, anew } = await toldAnew('killed')
  t.same(before, [
    { person: 'ann', ...CLEAR, reaction: 'like', tags: ['sea'] },
    { person: 'bob', ...CLEAR, reaction: 'dislike' },
  ])
  t.same(anew, before)
})

t.test('an event with a time ahead of the clock is overridden all the same', async t => {
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

t.test('of concurrent changes one wins as a whole', async t => {
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
