/** `npm run rebuild -- --from 2026-11-01 --to 2026-11-08`: sums everything of these hours anew from the log. */
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { rebuild } from '../src/rollups/audit/rebuild.ts'
import { RollupWorker } from '../src/rollups/worker/rollup-worker.ts'
import { openLogOf, withDatabase } from './lib/database.ts'
import { askedHours } from './lib/range.ts'

await withDatabase(async (database, config) => {
  const hours = askedHours()
  const log = await openLogOf(database, config)
  // Where a service runs, its folder has the lease and does the work.
  const folder = new RollupWorker(database, log, pino({ level: 'error' }), new Registry())
  folder.start()
  const rebuilt = await rebuild(hours, { db: database.db, log }).finally(() => folder.stop())
  process.stdout.write(`${hours.from.toISOString()} to ${hours.to.toISOString()}: ${rebuilt} sums made anew\n`)
})
