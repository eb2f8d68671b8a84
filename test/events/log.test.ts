import t from 'tap'
import { openLog } from '../../src/events/log/open-log.ts'
import { ownDatabase } from '../helpers/database/mongodb.ts'
import { hashPerson } from '../helpers/log.ts'
import { openWorld } from '../helpers/world.ts'

const { database } = await openWorld(t)

t.test('a layout other than the existing one is refused', async t => {
  const other =
    (await openLog(database, 'auto', 1, () => undefined, hashPerson)).layout === 'plain' ? 'timeseries' : 'plain'
  await t.rejects(
    openLog(database, other, 90 * 86_400_000, () => undefined, hashPerson),
    /can not be changed in place/,
  )
  const warnings: string[] = []
  await openLog(database, 'auto', 30 * 86_400_000, message => warnings.push(message), hashPerson)
  t.match(warnings, [/collMod/])
})

t.test('a time series is refused on servers without support, and opened with a warning on old ones', async t => {
  const { client, db } = await ownDatabase(t)
  const warningsOf = async (maxWireVersion: number) => {
    const warnings: string[] = []
    const admin = { command: async () => ({ maxWireVersion }) }
    // Not every server of the tests has time series: a plain collection replaces it here.
    const createCollection = (name: string) => db.createCollection(name)
    const old = {
      client: Object.assign(Object.create(client), { db: () => admin }),
      db: Object.assign(Object.create(db), { createCollection }),
    }
    await openLog(old, 'timeseries', 90 * 86_400_000, message => warnings.push(message), hashPerson)
    return warnings.join('\n')
  }
  await t.rejects(warningsOf(13), /needs MongoDB 6\.0 or later/)
  t.same(await db.listCollections().toArray(), [], 'no collection was created')
  t.match(await warningsOf(17), /can not delete single events from a time series/)
  await db.dropDatabase()
  t.notMatch(await warningsOf(21), /can not delete/)
})
