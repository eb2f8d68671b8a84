import mongoose, { type mongo } from 'mongoose'
import { loadConfig } from '../../src/config/config.ts'
import { prepareCollections } from '../../src/database/collections.ts'
import { EVENTS, type Log } from '../../src/events/log/log.ts'
import { openLog } from '../../src/events/log/open-log.ts'
import { marksCollection } from '../../src/events/marks/marks.ts'
import { personHash } from '../../src/events/person-hash.ts'
import { nextPieceOfLog, removeFromLog } from '../../src/privacy/erasure/erase-from-log.ts'
import { erasePerson } from '../../src/privacy/erasure/erase-person.ts'
import { erasuresCollection } from '../../src/privacy/erasure/receipt.ts'
import { Receipts } from '../../src/privacy/erasure/receipts.ts'
import type { Removal } from '../../src/privacy/personal-data.ts'
import { applyRetention } from '../../src/rollups/retention-horizons.ts'
import { rollupsCollection } from '../../src/rollups/rollup.ts'
import { logged } from './lib/load.ts'
import { timeOf } from './lib/time-of.ts'

const DAY = 86_400_000
const SIZES = [100, 10_000, ...process.argv.slice(3).map(Number)]
/** How long ago the first of the events were. */
const AGE = 7 * DAY
const BATCH = 1_000
const SECRET = 'x'.repeat(32)

const say = (line: string) => process.stdout.write(`${line}\n`)

/**
 * What it takes to erase people with ever more events from the log, against one command that deletes as many and marks nothing.
 * `npm run bench -- erasure 1000000` adds a size.
 */
export async function erasure(uri: string): Promise<void> {
  const client = await mongoose.mongo.MongoClient.connect(uri, { monitorCommands: true })
  const db = client.db('bench-erasure')
  const { retention } = loadConfig({ ...process.env, JWT_SECRET: SECRET, DATA_SECRET: SECRET })
  const counts = new Map<string, number>()
  try {
    await prepareCollections({ client, db }, [marksCollection, rollupsCollection, erasuresCollection])
    const log = await openLog({ client, db }, 'auto', retention.events, () => undefined, personHash(SECRET))
    await applyRetention(db, log, retention)
    client.on('commandStarted', ({ commandName }) => counts.set(commandName, (counts.get(commandName) ?? 0) + 1))
    for (const events of SIZES) {
      await fill(db, 'plain', events)
      const bare = await timeOf(() => deleteAll(db, events))
      await fill(db, 'erased', events)
      counts.clear()
      const own = await timeOf(() => eraseFromLog('erased', db, log))
      const statements = [...counts].map(([name, count]) => `${count} ${name}`).join(', ')
      say(
        `  ${events.toLocaleString('en')} events: ${seconds(own)} s over one deleteMany: ${seconds(bare)} s   ratio ${(own / bare).toFixed(1)}   ${statements}`,
      )
      await db.collection('erasures').deleteMany({})
      await db.collection('marks').deleteMany({})
    }
  } finally {
    await client.close()
  }
}

/** Their events, all over the images and times of the load. */
async function fill(db: mongo.Db, person: string, events: number): Promise<void> {
  for (let left = events; left > 0; left -= BATCH) {
    const some = logged(AGE)
      .slice(0, left)
      .map(event => ({ ...event, person }))
    await db.collection(EVENTS).insertMany(some as mongo.Document[] as never, { ordered: false })
  }
}

async function deleteAll(db: mongo.Db, events: number): Promise<void> {
  const { deletedCount } = await db.collection(EVENTS).deleteMany({ person: 'plain' })
  if (deletedCount !== events) throw new Error(`only ${deletedCount} of ${events} were deleted`)
}

async function eraseFromLog(person: string, db: mongo.Db, log: Log): Promise<void> {
  const receipts = new Receipts(db, SECRET)
  const { receipt } = await receipts.open(person)
  const events: Removal = {
    next: whose => nextPieceOfLog(whose, log),
    remove: (whose, piece) => removeFromLog(whose, piece, { db, log }),
  }
  await erasePerson({ ...receipt, stage: 'erasing' }, person, { events }, receipts)
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(2)
}
