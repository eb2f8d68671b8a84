/** `npm run archive -- --to FOLDER|s3://BUCKET/PREFIX [--erase]`: writes the days that are over as Parquet files. */
import { ArchiveJobs } from '../src/archive/archive-jobs.ts'
import { openStore } from '../src/archive/store/open-store.ts'
import { Receipts } from '../src/privacy/erasure/receipts.ts'
import { tombstoneReader } from '../src/privacy/erasure/tombstones.ts'
import { print, readCommand, refuseWords } from './lib/command.ts'
import { openLogOf, withDatabase } from './lib/database.ts'
import { ProgressBar } from './lib/progress-bar.ts'

const HELP = `npm run archive -- --to FOLDER|s3://BUCKET/PREFIX [--erase]

Writes each day of events and roll-ups that is over, and all feedback, as Parquet files; days that have changed since they were archived
are written again. --erase rewrites only the files with rows of people who were erased. When it is interrupted, run it again: it goes on.
docs/archive.md describes the files.`

const wanted = readCommand(
  HELP,
  { to: { type: 'string' }, erase: { type: 'boolean', default: false } },
  ({ to, erase }, words) => {
    refuseWords(words)
    if (!to) throw new Error('--to must name a folder or s3://BUCKET/PREFIX')
    return { to, erase }
  },
)

await withDatabase(async (database, config) => {
  const { db } = database
  const receipts = new Receipts(db, config.dataSecret)
  const sources = { db, log: await openLogOf(database, config), readErased: tombstoneReader(db, receipts) }
  const store = openStore(wanted.to, config.s3)
  const jobs = new ArchiveJobs({
    store,
    sources,
    secret: config.dataSecret,
    tombstoneOf: person => receipts.tombstoneOf(person),
    onBusy: () => process.stderr.write('another process is archiving, or was killed less than 10 s ago: waiting\n'),
  })
  const bar = new ProgressBar()
  const progress = bar.show.bind(bar)
  if (wanted.erase) {
    const rewritten = await jobs.erase(await receipts.tombstones(), progress).finally(() => bar.stop())
    await print(`${store.name}: ${rewritten} files had rows of erased people\n`)
    return
  }
  const { changed, waiting } = await jobs.archive(progress).finally(() => bar.stop())
  await print(`${store.name}: ${changed} files were written or removed\n`)
  if (waiting.length > 0) await print(`waiting for the roll-up worker: ${waiting.join(', ')}\n`)
})
