import t from 'tap'
import { randomFrom } from '../../scripts/lib/random.ts'
import { createPeople } from '../../scripts/seed/people/create-people.ts'
import { personOf } from '../../scripts/seed/people/person.ts'
import { readExhibits } from '../../scripts/seed/send/exhibits.ts'
import { streamEvents } from '../../scripts/seed/send/post-events.ts'
import type { DemoEvent } from '../../scripts/seed/visits/demo-event.ts'
import { historyOf, seenExhibits } from '../../scripts/seed/visits/history.ts'
import { images } from '../../src/images/image.ts'
import { loggedEvents } from '../helpers/log.ts'
import { noise } from '../helpers/pictures.ts'
import { CHEAP_BCRYPT_COST, openWorld } from '../helpers/world.ts'

const DAY_MS = 86_400_000
const HISTORY_MS = 10 * DAY_MS
const RETENTION = { accept: 11 * DAY_MS, minuteRollups: 12 * DAY_MS, events: 90 * DAY_MS, hourRollups: 400 * DAY_MS }
const PICTURES = 12

const world = await openWorld(t, {}, { retention: RETENTION })
const { url, database } = world
const root = await world.root()
for (let i = 0; i < PICTURES; i++) {
  await root.uploads(await noise(20 + i, 20), { title: `Picture ${i}`, tags: i % 2 ? 'sea' : 'poster' })
}
const uploadedAt = new Date(Date.now() - HISTORY_MS)
await images(database.connection).updateMany({}, { uploadedAt })
const random = randomFrom(7)
const account = { password: 'the demo password', bcryptCost: CHEAP_BCRYPT_COST, history: HISTORY_MS }
const people = (await createPeople(database, account, random)).slice(0, 90).map(personOf)
const exhibits = await readExhibits(url)
const events = historyOf({ people, exhibits }, HISTORY_MS, random)
const those = (type: DemoEvent['type']) => events.filter(event => event.type === type)

t.test('the history goes from its beginning to now, in order, and leaves some images unseen', async t => {
  const times = events.map(({ at }) => Date.parse(at))
  t.same(
    times,
    times.toSorted((a, b) => a - b),
  )
  t.ok((times[0] ?? 0) >= Date.now() - HISTORY_MS - 3_600_000)
  t.ok((times.at(-1) ?? 0) <= Date.now())
  const touched = new Set(events.map(({ imageId }) => imageId))
  t.same(touched, new Set(seenExhibits(exhibits).map(({ id }) => id)))
  t.equal(exhibits.length - touched.size, 4)
})

t.test('what is shown further down is clicked on less often', async t => {
  const rate = (isThere: (position: number) => boolean) => {
    const there = (type: 'click' | 'impression') =>
      those(type).filter(({ position }) => position !== undefined && isThere(position)).length
    return there('click') / there('impression')
  }
  t.ok(rate(position => position < 2) > 2 * rate(position => position > 4))
})

t.test('a click follows an impression of the same visit, and a dwell time its view', async t => {
  const shown = new Set(those('impression').map(({ sessionId, imageId }) => `${sessionId} ${imageId}`))
  const clicks = those('click').filter(({ sessionId }) => sessionId !== undefined)
  t.ok(clicks.length > 0 && clicks.every(({ sessionId, imageId }) => shown.has(`${sessionId} ${imageId}`)))
  const viewed = new Set(those('view').map(({ sessionId, imageId }) => `${sessionId} ${imageId}`))
  t.ok(those('dwell').every(({ sessionId, imageId }) => viewed.has(`${sessionId} ${imageId}`)))
})

t.test('the service accepts every event, and each comment is in the log and in the list', async t => {
  const { key } = await world.hasKey({ app: 'demo', scopes: ['events:write'] })
  let sent = 0
  await streamEvents(events, { url, key, database }, () => sent++)
  t.equal(sent, events.length)
  t.equal(await loggedEvents(database.db, {}), events.length)
  const said = those('comment')
  t.ok(said.length > 0)
  const lists = await Promise.all(exhibits.map(({ id }) => root.gets(`/v1/images/${id}/comments?limit=100`)))
  const listed = lists.flatMap(({ body }) => body.items.map(({ text }: { text: string }) => text))
  t.same(listed.sort(), said.map(({ text }) => text).sort())
})
