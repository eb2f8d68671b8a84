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
import { randomBatch } from './lib/load.ts'
import { measureMs } from './lib/measure-ms.ts'

const DAY_MS = 86_400_000
const SIZES = [100, 10_000, ...process.argv.slice(3).map(Number)]
/** The age of the oldest events. */
const MAX_AGE_MS = 7 * DAY_MS
const BATCH_SIZE = 1_000
const SECRET = 'x'.repeat(32)

const print = (line: string) => process.stdout.write(`${line}\n`)

/**
 * Measures the erasure of people with different numbers of events from the event log, compared with one command that deletes the same
 * number and marks nothing. `npm run bench -- erasure 1000000` adds a number of events.
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
      const baseline = await measureMs(() => deleteAll(db, events))
      await fill(db, 'erased', events)
      counts.clear()
      const erased = await measureMs(() => eraseFromLog('erased', db, log))
      const commands = [...counts].map(([name, count]) => `${count} ${name}`).join(', ')
      print(
        `  ${events.toLocaleString('en')} events: ${seconds(erased)} s over one deleteMany: ${seconds(baseline)} s   ratio ${(erased / baseline).toFixed(1)}   ${commands}`,
      )
      await db.collection('erasures').deleteMany({})
      await db.collection('marks').deleteMany({})
    }
  } finally {
    await client.close()
  }
}

/** Inserts events of a person, spread over the images and times of the load. */
async function fill(db: mongo.Db, person: string, events: number): Promise<void> {
  for (let left = events; left > 0; left -= BATCH_SIZE) {
    const batch = randomBatch(MAX_AGE_MS)
      .slice(0, left)
      .map(event => ({ ...event, person }))
    await db.collection(EVENTS).insertMany(batch as mongo.Document[] as never, { ordered: false })
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
