import t from 'tap'
import { PERSON_INDEX } from '../../src/events/log/log.ts'
import { matchOf, myEvents } from '../../src/events/mine/my-events.ts'
import { encodeCursor } from '../../src/http/cursor.ts'
import { aLogThatRepeats, anEvent } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { openWorld, type Person } from '../helpers/world.ts'

const world = await openWorld(t)
const { database } = world
const { db } = database
const ann = await world.signsUp('ann')
const { body: image } = await ann.uploads(await noise(30, 20))

/** Reads all pages of a person's events. */
async function pagesOf(person: Person, query: string): Promise<{ type: string; listId: string }[]> {
  const items = []
  let cursor = ''
  do {
    const { body } = await person.gets(`/v1/users/me/events?${query}${cursor}`)
    items.push(...body.items)
    cursor = body.nextCursor && `&cursor=${body.nextCursor}`
  } while (cursor)
  return items
}

t.test('the events of the caller are listed, newest first, each once over all pages', async t => {
  const eve = await world.signsUp('eve')
  const { body: own } = await eve.uploads(await noise(33, 20))
  const now = Date.now()
  const sent = Array.from({ length: 9 }, (_, i) => ({
    imageId: i % 3 ? image.id : own.id,
    type: 'dwell',
    durationMs: i,
    id: `mine-${i}`,
    // Three events in each millisecond.
    at: new Date(now - Math.floor(i / 3)).toISOString(),
    context: { page: 'home', n: 1, wide: true },
    geography: { country: 'CH' },
  }))
  t.match((await eve.reports(sent)).body, { accepted: 9 })
  const { body } = await eve.gets('/v1/users/me/events')
  t.same(
    body.items.map(({ at }: { at: string }) => at),
    sent.map(({ at }) => at),
  )
  const { id, ...first } = body.items.find(({ durationMs }: { durationMs: number }) => durationMs === 0)
  const { id: _, ...told } = sent[0] ?? {}
  t.same(first, told, 'with the types that were sent')
  t.type(id, 'string')
  for (const limit of [1, 2, 4]) t.same(await pagesOf(eve, `limit=${limit}`), body.items)
  t.same((await pagesOf(eve, `imageId=${own.id}&limit=2`)).length, 3)
  t.same((await pagesOf(eve, 'imageId=nothing')).length, 0)
  t.equal((await eve.gets('/v1/users/me/events?imageId[$ne]=x')).status, 400)
})

t.test('an event that the log holds twice is listed once', async t => {
  const { log, second } = await aLogThatRepeats(db)
  const now = Date.now()
  const events = Array.from({ length: 6 }, (_, i) => anEvent('twice', { person: 'twin', at: new Date(now - i) }))
  await log.insert(events)
  await second.insertMany(events.slice(0, 4))
  const seen: string[] = []
  let cursor: string | null | undefined
  do {
    const page = await myEvents(log, 'twin', { limit: 2, cursor: cursor ?? undefined })
    seen.push(...page.items.map(({ _id }) => _id))
    cursor = page.nextCursor
  } while (cursor)
  t.same(
    seen,
    events.map(({ _id }) => _id),
  )
})

t.test('the list uses the index on person and time', async t => {
  const cursor = encodeCursor([Date.now(), 'f'])
  for (const match of [matchOf(ann.id), matchOf(ann.id, image.id), matchOf(ann.id, image.id, cursor)]) {
    const explained = db.collection('events').find(match, { hint: PERSON_INDEX }).sort({ at: -1 }).limit(21)
    t.match(JSON.stringify(await explained.explain()), /person_1_at_1/)
  }
})
