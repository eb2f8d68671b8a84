import { Registry } from 'prom-client'
import type { ReadableLog } from '../../src/events/log/log.ts'
import type { Bucket } from '../../src/events/marks/buckets.ts'
import { rollUpBuckets } from '../../src/rollups/aggregation/roll-up-buckets.ts'
import { verify } from '../../src/rollups/audit/verify.ts'
import { applyRetention } from '../../src/rollups/retention-horizons.ts'
import { MarkSchedule } from '../../src/rollups/worker/mark-schedule.ts'
import type { WorkerParts } from '../../src/rollups/worker/roll-up-marks.ts'
import { RollupMetrics } from '../../src/rollups/worker/rollup-metrics.ts'
import { round } from '../../src/rollups/worker/round.ts'
import { SlowLane } from '../../src/rollups/worker/slow-lane.ts'
import { ownDatabase } from './database/mongodb.ts'
import { aLog, DAY, silent } from './log.ts'
import { until } from './until.ts'

const HOUR = 3_600_000
const retention = { accept: 7 * DAY, minuteRollups: 8 * DAY, events: 90 * DAY, hourRollups: 400 * DAY }

/** Opens a log and roll-ups in a database of the test's own, and returns what a roll-up worker needs. */
export async function aRollupWorld(t: Parameters<typeof ownDatabase>[0]) {
  const database = await ownDatabase(t)
  const { db, client } = database
  const log = await aLog(database)
  await applyRetention(db, log, retention)
  const workerParts = (over: Partial<WorkerParts> = {}): WorkerParts => ({
    db,
    log,
    schedule: new MarkSchedule(),
    logger: silent,
    metrics: new RollupMetrics(db, new Registry()),
    ...over,
  })
  const aWorker = (parts = workerParts()) => {
    const scan = { after: undefined }
    const lane = new SlowLane(database, parts)
    return { parts, lane, turn: () => client.withSession(session => round(parts, scan, lane, session)) }
  }
  const rollUp = (bucket: Bucket, by: ReadableLog = log) =>
    client.withSession(session => rollUpBuckets([bucket], { db, log: by }, session))
  const counts = async (imageId: string, grain = 'total') =>
    (await db.collection('rollups').findOne({ imageId, '_id.grain': grain }))?.counts
  const differences = async (by: ReadableLog = log) => {
    const found = []
    const hours = { from: new Date(Date.now() - 8 * DAY), to: new Date(Date.now() + HOUR) }
    for await (const difference of verify(hours, { db, log: by }, client)) found.push(difference)
    return found
  }
  return { ...database, database, log, workerParts, aWorker, rollUp, counts, differences }
}

/** Runs rounds of workers until no mark is left. */
export async function untilQuiet(
  db: Awaited<ReturnType<typeof aRollupWorld>>['db'],
  workers: { turn(): Promise<unknown> }[],
) {
  await until('nothing is marked', async () => {
    await Promise.all(workers.map(worker => worker.turn()))
    return (await db.collection('marks').countDocuments({})) === 0
  })
}
