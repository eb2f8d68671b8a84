import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { FolderStore } from '../../src/archive/store/folder-store.ts'
import { pseudonyms } from '../../src/lib/pseudonym.ts'
import { raiseHorizons } from '../../src/rollups/retention-horizons.ts'
import {
  aFolder,
  aHistory,
  changedIn,
  daysAgo,
  dyingAt,
  filesIn,
  nameOf,
  rowsIn,
  someEvents,
} from '../helpers/archive/history.ts'
import { SECRET } from '../helpers/log.ts'

const GONE = 'v:shop:gone'
const history = await aHistory(t)
const { db } = history
const days = [5, 4, 3, 2, 1].map(daysAgo)
const [expired, first, without, second, without2] = days.map(nameOf) as [string, string, string, string, string]
for (const [i, day] of days.entries()) {
  const people = i % 2 === 0 && i > 0 ? ['v:shop:ben', 'v:shop:cleo'] : ['v:shop:ben', 'v:shop:cleo', GONE]
  await history.stores(someEvents(day, 120, i + 1, people))
}
await history.rollsUp()
const folder = await aFolder(t)
await history.archives(folder)
const whole = await filesIn(folder)
const differencesAtFirst = await history.differencesTo(folder)

// The log of the first day expires.
await db.collection('events').deleteMany({ at: { $lt: days[1] as Date } })
await raiseHorizons(db, { log: days[1] as Date })
await history.erases(GONE)

const before = new Map(whole)
const unerased = await aFolder(t)
await cp(folder, unerased, { recursive: true })

t.test('a whole archive agrees with the roll-ups', async t => {
  t.same(differencesAtFirst, [])
})

t.test('an archive that still holds an erased person differs from the roll-ups, by image and type', async t => {
  const found = await history.differencesTo(folder)
  t.ok(found.length > 10)
  t.same([...new Set(found.map(({ day }) => day))].sort(), [first, second])
  t.match(
    found.find(difference => 'events' in difference),
    {
      isWaiting: false,
      imageId: String,
      type: String,
      events: Number,
      rollups: Number,
      database: Number,
    },
  )
})

t.test(
  'only the files that hold an erased person are rewritten, and the archive agrees with the roll-ups again',
  async t => {
    const feedbackDays = [expired, first, second].filter(day => before.has(`feedback/date=${day}/part-0.parquet`))
    t.ok((await history.erasesFrom(folder)) >= 3)
    const after = await filesIn(folder)
    const pseudonym = pseudonyms(SECRET, 'exports')(GONE)
    t.ok([...before.values()].some(bytes => bytes.includes(pseudonym)))
    for (const [path, bytes] of after) t.notOk(bytes.includes(pseudonym), path)
    const changed = changedIn(before, after)
    for (const day of [without, without2])
      t.notOk(
        changed.some(path => /^(events|rollups|people\/events)/.test(path) && path.includes(day)),
        day,
      )
    for (const day of [expired, first, second]) t.ok(changed.includes(`events/date=${day}/part-0.parquet`), day)
    t.same(
      changed.filter(path => path.startsWith('rollups')),
      [first, second].map(day => `rollups/date=${day}/part-0.parquet`),
    )
    t.ok(feedbackDays.length > 0)
    t.same(await history.differencesTo(folder), [])
    t.equal(await history.erasesFrom(folder), 0, 'nothing is left to erase')
    t.same(changedIn(after, await filesIn(folder)), [])
  },
)

t.test('a run of the archive after the erasure writes the same bytes', async t => {
  const after = await filesIn(folder)
  await history.archives(folder)
  const written = changedIn(after, await filesIn(folder))
  t.same(
    written.filter(path => path !== 'manifest.json' && path !== 'revisions.json'),
    [],
  )
  t.same(await history.differencesTo(folder), [])
})

t.test('an erasure that is killed at any step is continued with the same result', async t => {
  await history.archives(folder)
  const unkilled = await filesIn(folder)
  let died = 0
  for (let n = 0; ; n += 13) {
    const other = await aFolder(t)
    await cp(unerased, other, { recursive: true })
    const finished = await history.erasesFrom(dyingAt(n, new FolderStore(other))).catch(() => undefined)
    if (finished !== undefined) break
    died++
    await history.erasesFrom(other)
    await history.archives(other)
    t.same(changedIn(unkilled, await filesIn(other)), [], `killed at step ${n}`)
    t.same(await history.differencesTo(other), [])
  }
  t.ok(died > 5, `died at ${died} steps`)
})

t.test('a damaged file, a missing day and a lost event are named', async t => {
  const path = join(folder, `events/date=${second}/part-0.parquet`)
  const bytes = await readFile(path)
  await writeFile(path, Buffer.concat([bytes.subarray(0, -1), Buffer.of(0)]))
  t.match(await history.differencesTo(folder), [
    { isWaiting: false, day: second, path: `events/date=${second}/part-0.parquet`, problem: /SHA-256/ },
  ])
  await writeFile(path, bytes)
  await db
    .collection<{ _id: unknown }>('rollups')
    .updateOne({ imageId: 'lake', '_id.grain': 'day', '_id.start': days[2] as Date } as object, {
      $inc: { 'counts.view': 1 },
    })
  const [difference, ...others] = await history.differencesTo(folder)
  t.same(others, [])
  const rows = await rowsIn(await readFile(join(folder, `events/date=${without}/part-0.parquet`)))
  const views = rows.filter(row => row.imageId === 'lake' && row.type === 'view' && !row.automated).length
  t.same(difference, {
    isWaiting: false,
    day: without,
    imageId: 'lake',
    type: 'view',
    events: views,
    rollups: views,
    database: views + 1,
  })
})
