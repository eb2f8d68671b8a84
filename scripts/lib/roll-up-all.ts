import { pino } from 'pino'
import { Registry } from 'prom-client'
import type { Database } from '../../src/database/connect.ts'
import type { Log } from '../../src/events/log/log.ts'
import { RollupWorker } from '../../src/rollups/worker/rollup-worker.ts'

const POLL_INTERVAL_MS = 1_000

/** Rolls up what is marked now, for a command that has stored data of the past. What is left is rolled up by the service. */
export async function rollUpAll(
  database: Database,
  log: Log,
  progress: (done: number, total: number) => void,
): Promise<void> {
  const marks = database.db.collection('marks')
  let left = await marks.countDocuments()
  let max = left
  const look = async () => {
    left = await marks.countDocuments()
    // A roll-up can mark others above it.
    max = Math.max(max, left)
    progress(max - left, max)
  }
  progress(0, max)
  const timer = setInterval(() => void look().catch(() => undefined), POLL_INTERVAL_MS)
  const worker = new RollupWorker(database, log, pino({ level: 'error' }), new Registry())
  try {
    // One call rolls up a bounded number of marks.
    for (let before = left + 1; left > 0 && left < before; ) {
      before = left
      await worker.catchUp()
      await look()
    }
  } finally {
    clearInterval(timer)
  }
}
