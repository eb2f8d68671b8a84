/** `npm run verify -- --from 2026-11-01 --to 2026-11-08`: compares all roll-ups of these hours with the log. */
import { verify } from '../src/rollups/audit/verify.ts'
import { print } from './lib/command.ts'
import { openLogOf, withDatabase } from './lib/database.ts'
import { readHours } from './lib/range.ts'

const HELP = `npm run verify -- [--from 2026-11-01] [--to 2026-11-08]

Compares all roll-ups of these hours with the event log; the default is the last seven days. Prints each one that differs, and each
one that differs and waits for the roll-up worker. Exit code 1 when any differs, 3 when some wait and no other differs.`

const hours = readHours(HELP)

await withDatabase(async (database, config) => {
  const log = await openLogOf(database, config)
  let [differing, waiting] = [0, 0]
  for await (const { isWaiting, ...difference } of verify(hours, { db: database.db, log }, database.client)) {
    await print(`${isWaiting ? 'waiting ' : ''}${JSON.stringify(difference)}\n`)
    if (isWaiting) waiting++
    else differing++
  }
  const range = `${hours.from.toISOString()} to ${hours.to.toISOString()}`
  await print(`${range}: ${differing} differences${waiting > 0 ? `, ${waiting} waiting` : ''}\n`)
  if (differing > 0) process.exitCode = 1
  else if (waiting > 0) process.exitCode = 3
})
