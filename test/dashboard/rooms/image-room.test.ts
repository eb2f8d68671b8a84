import t from 'tap'
import type { Feedback } from '../../../src/dashboard/api/types.ts'
import { uuidV7 } from '../../../src/dashboard/api/uuid.ts'
import { type Opinions, recounted } from '../../../src/dashboard/rooms/image/feedback/change.ts'
import { Stopwatch } from '../../../src/dashboard/rooms/image/watching/stopwatch.ts'
import { changesOf, tagsIn, type Writing } from '../../../src/dashboard/rooms/image/words/changes.ts'
import { uuidTime } from '../../../src/events/event-id.ts'

const none: Feedback = { imageId: 'i', reaction: null, rating: null, saved: false, tags: [], updatedAt: null }
const opinions: Opinions = {
  likes: 4,
  dislikes: 1,
  likeRatio: 0.6,
  saves: 2,
  rating: { count: 2, mean: 3 },
  tags: [{ tag: 'Lake', count: 3 }],
}

t.test('the service reads the time in the id of an event', async t => {
  const now = Date.now()
  const ids = Array.from({ length: 200 }, () => uuidV7(now))
  t.ok(ids.every(id => uuidTime(id) === now))
  t.same(new Set(ids).size, ids.length)
})

t.test('the counts of all people follow a change of one of them', async t => {
  const after = { ...none, reaction: 'dislike', rating: 5, saved: true, tags: ['lake', 'calm'] } as const
  const changed = recounted(opinions, none, { ...after, tags: [...after.tags] })
  t.match(changed, { likes: 4, dislikes: 2, saves: 3 })
  t.match(changed.rating, { count: 3, mean: 11 / 3 })
  t.same(changed.tags, [
    { tag: 'Lake', count: 4 },
    { tag: 'calm', count: 1 },
  ])
  t.same(recounted(changed, { ...after, tags: [...after.tags] }, none), opinions)
})

t.test('the mean of no ratings is none', async t => {
  const rated = { ...none, rating: 4 }
  t.same(recounted({ ...opinions, rating: { count: 1, mean: 4 } }, rated, none).rating, { count: 0, mean: null })
})

t.test('a form sends only what it has changed', async t => {
  const before: Writing = { title: 'Lake', description: '', altText: '', tags: ['a', 'b'], visibility: 'private' }
  t.same(changesOf(before, { ...before, title: 'Pond', tags: ['a', 'b'] }), { title: 'Pond' })
  t.same(tagsIn(' calm,, two   words ,calm'), ['calm', 'two words'])
})

t.test('a stopwatch counts no pauses', async t => {
  const watch = new Stopwatch()
  watch.start(0)
  watch.pause(1000)
  watch.start(5000)
  watch.start(5500)
  t.same(watch.take(6000), 2000)
  t.same(watch.take(6500), 500, 'it goes on after it was read')
  watch.pause(7000)
  t.same(watch.take(9000), 500)
  t.same(watch.take(9500), 0)
})
