/** `npm run verify -- --from 2026-11-01 --to 2026-11-08`: compares all roll-ups of these hours with the log. Exit code 1 if any differs. */
import { verify } from '../src/rollups/audit/verify.ts'
import { openLogOf, withDatabase } from './lib/database.ts'
import { readHours } from './lib/range.ts'

await withDatabase(async (database, config) => {
  const hours = readHours()
  const log = await openLogOf(database, config)
  let differences = 0
  for await (const difference of verify(hours, { db: database.db, log }, database.client)) {
    process.stdout.write(`${JSON.stringify(difference)}\n`)
    differences++
  }
  process.stdout.write(`${hours.from.toISOString()} to ${hours.to.toISOString()}: ${differences} differences\n`)
  if (differences > 0) process.exitCode = 1
})
