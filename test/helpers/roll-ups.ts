import { Registry } from 'prom-client'
import type { Handles } from '../../src/database/connect.ts'
import { type Clock, instant } from '../../src/events/log/clock.ts'
import type { ReadableLog } from '../../src/events/log/log.ts'
import type { Bucket } from '../../src/events/marks/buckets.ts'
import { HOLD_MS } from '../../src/events/marks/writer-marks.ts'
import { rollUpBuckets } from '../../src/rollups/aggregation/roll-up-buckets.ts'
import { verify } from '../../src/rollups/audit/verify.ts'
import { applyRetention } from '../../src/rollups/retention-horizons.ts'
import { MarkSchedule } from '../../src/rollups/worker/mark-schedule.ts'
import type { WorkerParts } from '../../src/rollups/worker/roll-up-marks.ts'
import { RollupMetrics } from '../../src/rollups/worker/rollup-metrics.ts'
import { round } from '../../src/rollups/worker/round.ts'
import { SlowLane } from '../../src/rollups/worker/slow-lane.ts'
import { aClock } from './clock.ts'
import { ownDatabase } from './database/mongodb.ts'
import { aLog, DAY, flushParts, silent } from './log.ts'
import { until } from './until.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const retention = { accept: 7 * DAY, minuteRollups: 8 * DAY, events: 90 * DAY, hourRollups: 400 * DAY }

/** A roll-up worker whose rounds a test runs. */
export interface Turning {
  turn(): Promise<unknown>
}

function aTurningWorker(database: Handles, parts: WorkerParts) {
  const scan = { after: undefined }
  const lane = new SlowLane(database, parts)
  const turn = () => database.client.withSession(session => round(parts, scan, lane, session))
  return { parts, lane, turn }
}

/**
 * A roll-up worker beside that of a service, for which also the present minute is over: what happens now settles as soon as its marks
 * have stood, not after up to a minute.
 */
export function anImpatientWorker(database: Handles, log: ReadableLog): Turning {
  const { db } = database
  const clock: Clock = operation => {
    const now = instant(operation)
    return { ...now, wall: now.wall + MINUTE }
  }
  const metrics = new RollupMetrics(db, new Registry())
  return aTurningWorker(database, { db, log, schedule: new MarkSchedule(clock), logger: silent, metrics })
}

/** Opens a log and roll-ups in a database of the test's own, and returns what a roll-up worker needs. Its clock stands still. */
export async function aRollupWorld(t: Parameters<typeof ownDatabase>[0]) {
  const database = await ownDatabase(t)
  const { db, client } = database
  const log = await aLog(database)
  await applyRetention(db, log, retention)
  const clock = aClock()
  const workerParts = (over: Partial<WorkerParts> = {}): WorkerParts => ({
    db,
    log,
    schedule: new MarkSchedule(clock.now),
    logger: silent,
    metrics: new RollupMetrics(db, new Registry()),
    ...over,
  })
  const aWorker = (parts = workerParts()) => aTurningWorker(database, parts)
  const rollUp = (bucket: Bucket, by: ReadableLog = log) =>
    client.withSession(session => rollUpBuckets([bucket], { db, log: by }, session))
  const counts = async (imageId: string, grain = 'total') =>
    (await db.collection('rollups').findOne({ imageId, '_id.grain': grain }))?.counts
  /** Verifies the last 25 hours. */
  const differences = async (by: ReadableLog = log) => {
    const found = []
    const hours = { from: new Date(Date.now() - 25 * HOUR), to: new Date(Date.now() + HOUR) }
    for await (const difference of verify(hours, { db, log: by }, client)) found.push(difference)
    return found
  }
  /** Runs rounds of workers until an answer is there. Between the rounds minutes end and marks grow old. */
  const turnUntil = <Answer>(what: string, workers: Turning[], ask: () => Promise<Answer | undefined | false | null>) =>
    until(what, async () => {
      await Promise.all(workers.map(worker => worker.turn()))
      const answer = await ask()
      if (!answer) clock.passes(MINUTE + HOLD_MS + 1)
      return answer
    })
  /** Runs rounds of workers until no mark is left. No write may be under way. */
  const untilQuiet = (...workers: Turning[]) =>
    turnUntil('nothing is marked', workers, async () => (await db.collection('marks').countDocuments({})) === 0)
  /** Runs rounds of a worker while some work goes on that waits for them. */
  const beside = async <Result>(worker: Turning, work: Promise<Result>): Promise<Result> => {
    let isOver = false
    const ended = work.finally(() => {
      isOver = true
    })
    await turnUntil('the work is done', [worker], async () => isOver)
    return ended
  }
  return {
    ...database,
    database,
    log,
    clock,
    workerParts,
    flushParts: () => flushParts(database, undefined, clock.now),
    aWorker,
    rollUp,
    counts,
    differences,
    turnUntil,
    beside,
    untilQuiet,
  }
}
