/** `npm run rebuild -- --from 2026-11-01 --to 2026-11-08`: rolls up every bucket of these hours again. */
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { rebuild } from '../src/rollups/audit/rebuild.ts'
import { RollupWorker } from '../src/rollups/worker/rollup-worker.ts'
import { print } from './lib/command.ts'
import { openLogOf, withDatabase } from './lib/database.ts'
import { readHours } from './lib/range.ts'

const HELP = `npm run rebuild -- [--from 2026-11-01] [--to 2026-11-08]

Rolls up every bucket of these hours again; the default is the last seven days.`

const hours = readHours(HELP)

await withDatabase(async (database, config) => {
  const log = await openLogOf(database, config)
  // While a service runs, its roll-up worker has the lease and does the work.
  const worker = new RollupWorker(database, log, pino({ level: 'error' }), new Registry())
  worker.start()
  const rebuilt = await rebuild(hours, { db: database.db, log }).finally(() => worker.stop())
  await print(`${hours.from.toISOString()} to ${hours.to.toISOString()}: ${rebuilt} buckets rolled up again\n`)
})
