import t from 'tap'
import { FolderStore } from '../../src/archive/store/folder-store.ts'
import { EVENT_TYPES } from '../../src/events/event.ts'
import { pseudonyms } from '../../src/lib/pseudonym.ts'
import {
  aFolder,
  aHistory,
  changedIn,
  daysAgo,
  dyingAt,
  filesIn,
  nameOf,
  PEOPLE,
  rowsIn,
  someEvents,
} from '../helpers/archive/history.ts'
import { SECRET } from '../helpers/log.ts'

const history = await aHistory(t)
const { db, log } = history
const days = [3, 2, 1].map(daysAgo)
const [first, second, third] = days.map(nameOf) as [string, string, string]
for (const [i, day] of days.entries()) await history.stores(someEvents(day, 200, i + 1))
await history.stores([{ imageId: 'lake', at: new Date(), type: 'like', person: PEOPLE[0] as string }])
await history.rollsUp()

const folder = await aFolder(t)
await history.archives(folder)
const whole = await filesIn(folder)

t.test(
  'each day that is over has a file of events and one of roll-ups; feedback is by the day of its last change',
  async t => {
    const paths = [...whole.keys()]
    for (const day of [first, second, third]) {
      t.ok(paths.includes(`events/date=${day}/part-0.parquet`))
      t.ok(paths.includes(`rollups/date=${day}/part-0.parquet`))
    }
    const today = nameOf(new Date())
    t.notOk(
      paths.some(path => path.includes(today) && !path.includes('feedback')),
      'today is not over',
    )
    t.ok(paths.includes(`feedback/date=${today}/part-0.parquet`))
    t.notOk(paths.some(path => path.endsWith('.partial')))
    const { files } = JSON.parse(whole.get('manifest.json')?.toString() ?? '')
    const data = paths.filter(path => path.endsWith('.parquet'))
    t.same(
      files.map(({ path }: { path: string }) => path),
      data,
    )
    for (const { path, rows, bytes, schema } of files) {
      t.equal(bytes, whole.get(path)?.length)
      t.equal(rows, (await rowsIn(whole.get(path))).length)
      t.equal(schema, 1)
    }
  },
)

t.test('events are sorted by image and time, typed, with the pseudonyms of exports', async t => {
  const rows = await rowsIn(whole.get(`events/date=${first}/part-0.parquet`))
  t.equal(rows.length, 200)
  const places = rows.map(({ imageId, at }) => `${imageId} ${(at as Date).toISOString()}`)
  t.same(places, [...places].sort())
  const pseudonym = pseudonyms(SECRET, 'exports')
  t.same(
    new Set(rows.filter(({ type }) => type !== 'comment').map(({ person }) => person)),
    new Set(PEOPLE.map(pseudonym)),
  )
  const comment = rows.find(({ type }) => type === 'comment')
  t.match(comment, { person: null, session: null, country: null, context: null })
  t.equal(Number(comment?.at) % 3_600_000, 0, 'of a comment only the hour is shown')
  t.match(
    rows.find(({ context }) => context),
    { context: { page: '/home', width: 3.5, dark: true } },
  )
})

t.test('rows turn back into just the events that the log has', async t => {
  const { tables } = await history.open(new FolderStore(folder))
  const rows = await rowsIn(whole.get(`events/date=${second}/part-0.parquet`))
  const range = { $gte: days[1] as Date, $lt: days[2] as Date }
  const logged = await log.read({ at: range }, [{ $sort: { _id: 1 } }]).toArray()
  const restored = rows.map(row => tables.events.thingOf(row)).sort((a, b) => (a._id < b._id ? -1 : 1))
  t.same(restored, logged)
})

t.test('counts in the roll-ups of a day are those of its events', async t => {
  const events = (await rowsIn(whole.get(`events/date=${third}/part-0.parquet`))).filter(row => !row.automated)
  const rollups = await rowsIn(whole.get(`rollups/date=${third}/part-0.parquet`))
  const site = rollups.find(({ imageId, grain }) => imageId === 'all' && grain === 'day')
  for (const type of EVENT_TYPES)
    t.equal(Number(site?.[type]), events.filter(event => event.type === type).length, type)
  t.equal(site?.people, BigInt(PEOPLE.length))
})

t.test('no file names a person', async t => {
  for (const [path, bytes] of whole) for (const person of PEOPLE) t.notOk(bytes.includes(person), path)
})

t.test('a second run changes nothing, and another archive has the same bytes', async t => {
  t.same(await history.archives(folder), { changed: 0, waiting: [] })
  t.same(changedIn(whole, await filesIn(folder)), [])
  const other = await aFolder(t)
  await history.archives(other)
  t.same(changedIn(whole, await filesIn(other)), [])
})

t.test('an archive is refused under another data secret', async t => {
  const { openArchive } = await import('../../src/archive/open-archive.ts')
  const secret = 'another secret, which is long enough'
  await t.rejects(
    openArchive(new FolderStore(folder), secret, () => ''),
    /written with another DATA_SECRET/,
  )
})

t.test('a run that is killed at any step is continued with the same bytes', async t => {
  let died = 0
  for (let n = 0; ; n += 13) {
    const other = await aFolder(t)
    const finished = await history.archives(dyingAt(n, new FolderStore(other))).catch(() => undefined)
    if (finished) break
    died++
    await history.archives(other)
    t.same(changedIn(whole, await filesIn(other)), [], `killed at step ${n}`)
  }
  t.ok(died > 7, `died at ${died} steps`)
})

t.test('a late event rewrites its day, and nothing else', async t => {
  await history.stores([
    { imageId: 'hills', at: new Date((days[1] as Date).getTime() + 1), type: 'view', person: 'v:shop:late' },
  ])
  t.same(await history.archives(folder), { changed: 0, waiting: [second] }, 'it waits for its roll-up')
  t.same(changedIn(whole, await filesIn(folder)), [])
  await history.rollsUp()
  t.match(await history.archives(folder), { changed: 2, waiting: [] })
  const after = await filesIn(folder)
  t.same(changedIn(whole, after), [
    `events/date=${second}/part-0.parquet`,
    'manifest.json',
    `people/events/date=${second}/part-0.txt`,
    'revisions.json',
    `rollups/date=${second}/part-0.parquet`,
  ])
  t.equal((await rowsIn(after.get(`events/date=${second}/part-0.parquet`))).length, 201)
})

t.test('a feedback moves to the day of its last change; a day without any has no file', async t => {
  const feedback = await db.collection('feedback').find({}).toArray()
  t.ok(feedback.length > 3)
  const now = new Date()
  await history.stores(feedback.map(({ imageId, person }) => ({ imageId, person, at: now, type: 'save' as const })))
  await history.rollsUp()
  await history.archives(folder)
  const paths = [...(await filesIn(folder)).keys()].filter(path => path.startsWith('feedback'))
  t.same(paths, [`feedback/date=${nameOf(now)}/part-0.parquet`])
})
