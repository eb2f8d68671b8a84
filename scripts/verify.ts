/**
 * `npm run verify -- --from 2026-11-01 --to 2026-11-08`: compares all roll-ups of these hours with the log; with `--archive FOLDER` the
 * days of an archive with the roll-ups.
 */
import { ManifestFile } from '../src/archive/manifest.ts'
import { openStore } from '../src/archive/store/open-store.ts'
import { verifyArchive } from '../src/archive/verify-archive.ts'
import type { Config } from '../src/config/config.ts'
import type { Database } from '../src/database/connect.ts'
import { fingerprintOf } from '../src/database/data-secret.ts'
import { verify } from '../src/rollups/audit/verify.ts'
import { print, readCommand, refuseWords } from './lib/command.ts'
import { openLogOf, withDatabase } from './lib/database.ts'
import { hoursIn } from './lib/range.ts'

const HELP = `npm run verify -- [--from 2026-11-01] [--to 2026-11-08] [--archive FOLDER|s3://BUCKET/PREFIX]

Compares all roll-ups of these hours with the event log; the default is the last seven days. With --archive, compares the files of an
archive with its manifest, and their numbers of events by image, day and type with the roll-ups; the default is all days. Prints each one
that differs, and each one that differs and waits for the roll-up worker. Exit code 1 when any differs, 3 when some wait and no other
differs.`

const ALL_DAYS = 100_000
const text = { type: 'string' } as const

const { place, hours } = readCommand(HELP, { from: text, to: text, archive: text }, ({ archive, ...range }, words) => {
  refuseWords(words)
  if (archive === '') throw new Error('--archive must name a folder or s3://BUCKET/PREFIX')
  return { place: archive, hours: archive === undefined ? hoursIn(range) : hoursIn(range, ALL_DAYS) }
})

await withDatabase(async (database, config) => {
  let [differing, waiting] = [0, 0]
  for await (const { isWaiting, ...difference } of await differencesOf(database, config)) {
    await print(`${isWaiting ? 'waiting ' : ''}${JSON.stringify(difference)}\n`)
    if (isWaiting) waiting++
    else differing++
  }
  const compared = place ?? `${hours.from.toISOString()} to ${hours.to.toISOString()}`
  await print(`${compared}: ${differing} differences${waiting > 0 ? `, ${waiting} waiting` : ''}\n`)
  if (differing > 0) process.exitCode = 1
  else if (waiting > 0) process.exitCode = 3
})

async function differencesOf(database: Database, config: Config): Promise<AsyncGenerator<{ isWaiting: boolean }>> {
  const log = await openLogOf(database, config)
  if (place === undefined) return verify(hours, { db: database.db, log }, database.client)
  const store = openStore(place, config.s3)
  const manifest = await ManifestFile.read(store, fingerprintOf(config.dataSecret))
  return verifyArchive({ store, manifest }, database.db, hours)
}
