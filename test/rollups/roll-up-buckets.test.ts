import t from 'tap'
import { openLog } from '../../src/events/log/open-log.ts'
import { bucketOf } from '../../src/events/marks/buckets.ts'
import { rollUpBuckets } from '../../src/rollups/aggregation/roll-up-buckets.ts'
import { hashPerson } from '../helpers/log.ts'
import { openWorld } from '../helpers/world.ts'

const world = await openWorld(t)
const { database } = world
const { db, client } = database
const DAY = 86_400_000

/** A place for roll-ups by hand: no worker of the service knows these images. */
async function rollUpByHand(imageId: string, at: Date) {
  const log = await openLog(database, 'auto', 90 * DAY, () => undefined, hashPerson)
  const bucket = bucketOf(imageId, 'minute', at)
  return {
    add: (n: number) =>
      log.insert(
        Array.from({ length: n }, () => ({
          _id: `${imageId}-${Math.random()}`,
          imageId,
          at,
          type: 'view' as const,
          person: 'p',
        })),
      ),
    rollUp: () => client.withSession(session => rollUpBuckets([bucket], { db, log }, session)),
    count: async () => (await db.collection('rollups').findOne({ imageId, '_id.grain': 'minute' }))?.counts.view,
  }
}

t.test('of roll-ups that race none leaves an older sum behind', async t => {
  const hand = await rollUpByHand('race', new Date())
  for (let turn = 1; turn <= 5; turn++) {
    await hand.add(20)
    const results = await Promise.all(Array.from({ length: 6 }, () => hand.rollUp()))
    t.ok(
      results.some(accepted => accepted.length === 1),
      'one is accepted',
    )
    t.equal(await hand.count(), turn * 20)
  }
})

t.test('a roll-up whose events have partly expired is kept', async t => {
  const hand = await rollUpByHand('expired', new Date())
  await hand.add(10)
  await hand.rollUp()
  await db.collection('events').deleteMany({ imageId: 'expired' })
  const horizons = db.collection<{ _id: string; log: Date }>('leases')
  const before = await horizons.findOne({ _id: 'floors' })
  await horizons.updateOne({ _id: 'floors' }, { $set: { log: new Date() } })
  t.equal((await hand.rollUp()).length, 1, 'the roll-up is kept and its mark may be deleted')
  t.equal(await hand.count(), 10)
  await horizons.updateOne({ _id: 'floors' }, { $set: { log: before?.log ?? new Date(0) } })
  await hand.rollUp()
  t.equal(await hand.count(), undefined, 'a complete source without events leaves no count')
})
