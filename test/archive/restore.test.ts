import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { aFolder, aHistory, daysAgo, filesIn, someEvents } from '../helpers/archive/history.ts'
import { freshDatabase, serverUri } from '../helpers/database/mongodb.ts'
import { SECRET } from '../helpers/log.ts'
import { startScript } from '../helpers/service.ts'
import { until } from '../helpers/until.ts'

const history = await aHistory(t)
const { client, db } = history
const days = [40, 3, 2, 1].map(daysAgo)
for (const [i, day] of days.entries()) await history.stores(someEvents(day, 300, i + 1))
// More people than an exact count has room for.
await history.stores(
  Array.from({ length: 300 }, (_, i) => ({
    imageId: 'lake',
    at: new Date((days[2] as Date).getTime() + i * 1_000),
    type: 'view' as const,
    person: `v:shop:${i}`,
  })),
)
await history.rollsUp()
const folder = await aFolder(t)
await history.archives(folder)

const env = { MONGODB_URI: serverUri(), DATA_SECRET: SECRET, EVENT_LOG: 'auto' }

/** Returns a name for an empty database, which is dropped after the test. */
function emptyDatabase(t: Test): string {
  const name = freshDatabase()
  t.teardown(() => client.db(name).dropDatabase())
  return name
}

function restores(t: Test, DATABASE: string, from = folder, more: NodeJS.ProcessEnv = {}) {
  return startScript(t, 'scripts/restore.ts', { ...env, DATABASE, ...more }, { words: ['--from', from] })
}

/** All roll-ups without what differs from writer to writer. */
async function sumsIn(name: string) {
  const found = await client.db(name).collection('rollups').find({}, { promoteBuffers: true }).toArray()
  const sums = found.map(({ rev: _rev, asOf: _asOf, expiresAt: _expiresAt, ...sum }) => sum)
  return new Map(sums.map(sum => [JSON.stringify(sum._id), sum]))
}

async function documentsIn(name: string, collection: string) {
  return client.db(name).collection(collection).find({}).sort({ _id: 1 }).toArray()
}

async function isLikeOriginal(t: Test, name: string): Promise<void> {
  const [original, restored] = [await sumsIn(db.databaseName), await sumsIn(name)]
  t.same([...restored.keys()].sort(), [...original.keys()].sort(), 'the same roll-ups, of all grains')
  for (const [bucket, sum] of original) t.same(restored.get(bucket), sum, bucket)
  for (const collection of ['eventsOnce', 'feedback'])
    t.same(await documentsIn(name, collection), await documentsIn(db.databaseName, collection), collection)
  t.same(await documentsIn(name, 'marks'), [])
}

t.test(
  'a restored database has the same events, the same feedback, and to the last byte the same roll-ups',
  async t => {
    const name = emptyDatabase(t)
    const command = restores(t, name)
    t.equal(await command.ended(), 0, command.output())
    t.match(command.output(), new RegExp(`files restored to the database ${name}\n$`))
    await isLikeOriginal(t, name)

    const archived = await aFolder(t)
    const again = startScript(t, 'scripts/archive.ts', { ...env, DATABASE: name }, { words: ['--to', archived] })
    t.equal(await again.ended(), 0, again.output())
    const [before, after] = [await filesIn(folder), await filesIn(archived)]
    // Roll-ups that were made again have other revisions.
    for (const files of [before, after]) files.delete('revisions.json')
    t.same(after, before, 'its own archive has the same bytes')

    const refused = restores(t, name)
    t.equal(await refused.ended(), 1)
    t.equal(
      refused.output(),
      `the database ${name} is not empty, it has events: set DATABASE to the name of a new one\n`,
    )
  },
)

t.test('a restore that is killed goes on when it is run again, and the service does not start before', async t => {
  const name = emptyDatabase(t)
  const filesDone = async () => {
    const state = await client
      .db(name)
      .collection('leases')
      .findOne({ done: { $exists: true } })
    return state?.done.length ?? -1
  }
  for (const files of [0, 2, 9]) {
    const killed = restores(t, name)
    await until('it has come so far', async () => (await filesDone()) >= files)
    await killed.kill('SIGKILL')
    t.equal(killed.child.signalCode, 'SIGKILL', 'it was not over')
  }
  const service = startScript(t, 'src/main.ts', { ...env, DATABASE: name, PORT: '0', JWT_SECRET: 'x'.repeat(32) })
  t.equal(await service.ended(), 1)
  t.match(service.output(), /is only partly restored: run `npm run restore` again/)
  const command = restores(t, name)
  t.equal(await command.ended(), 0, command.output())
  await isLikeOriginal(t, name)
})

t.test('a damaged archive, and one of another secret, are refused before anything is written', async t => {
  const damaged = await aFolder(t)
  await history.archives(damaged)
  const [paths] = [[...(await filesIn(damaged)).keys()].filter(path => path.startsWith('events'))]
  const [longer = '', changed = '', missing = ''] = paths
  await appendFile(join(damaged, longer), 'x')
  const bytes = (await filesIn(damaged)).get(changed) ?? Buffer.of()
  bytes[100] = (bytes[100] ?? 0) ^ 1
  await writeFile(join(damaged, changed), bytes)
  await rm(join(damaged, missing))
  const name = emptyDatabase(t)
  const command = restores(t, name, damaged)
  t.equal(await command.ended(), 1)
  t.match(command.output(), new RegExp(`${longer} has more bytes`))
  t.match(command.output(), new RegExp(`${changed} has another SHA-256`))
  t.match(command.output(), new RegExp(`${missing} is missing`))
  const other = restores(t, name, folder, { DATA_SECRET: 'another secret, which is long enough' })
  t.equal(await other.ended(), 1)
  t.match(other.output(), /was written with another DATA_SECRET\n$/)
  const none = restores(t, name, join(folder, 'events'))
  t.equal(await none.ended(), 1)
  t.match(none.output(), /holds no archive: there is no manifest.json\n$/)
  t.same(await client.db(name).listCollections().toArray(), [])
})

t.test('events that would expire at once are left out; their roll-ups are restored', async t => {
  const name = emptyDatabase(t)
  const command = restores(t, name, folder, { EVENTS_DAYS: '30' })
  t.equal(await command.ended(), 0, command.output())
  t.match(command.output(), /the events of 1 days are older than EVENTS_DAYS/)
  t.equal(
    await client
      .db(name)
      .collection('eventsOnce')
      .countDocuments({ at: { $lt: days[1] as Date } }),
    0,
  )
  const longer = async (database: string) =>
    [...(await sumsIn(database)).values()].filter(sum => JSON.stringify(sum._id).includes('minute') === false)
  t.equal((await longer(name)).length, (await longer(db.databaseName)).length)
})
