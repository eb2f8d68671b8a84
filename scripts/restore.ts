/** `npm run restore -- --from FOLDER|s3://BUCKET/PREFIX`: reads an archive back into an empty database. */
import { ManifestFile } from '../src/archive/manifest.ts'
import { archiveTables } from '../src/archive/open-archive.ts'
import { checkFiles, restore } from '../src/archive/restore/restore.ts'
import { RestoreState } from '../src/archive/restore/restore-state.ts'
import { openStore } from '../src/archive/store/open-store.ts'
import { fingerprintOf } from '../src/database/data-secret.ts'
import { applyRetention } from '../src/rollups/retention-horizons.ts'
import { print, readCommand, refuseWords } from './lib/command.ts'
import { openLogOf, withDatabase } from './lib/database.ts'
import { ProgressBar } from './lib/progress-bar.ts'
import { rollUpAll } from './lib/roll-up-all.ts'

const HELP = `npm run restore -- --from FOLDER|s3://BUCKET/PREFIX

Reads an archive back into an empty database, whose name is in DATABASE: events, feedback and roll-ups. All files are compared with the
manifest before. When it is interrupted, run it again: it goes on. No service may run on the database meanwhile.`

const from = readCommand(HELP, { from: { type: 'string' } }, (values, words) => {
  refuseWords(words)
  if (!values.from) throw new Error('--from must name a folder or s3://BUCKET/PREFIX')
  return values.from
})

await withDatabase(async (database, config) => {
  const { db } = database
  const store = openStore(from, config.s3)
  const archive = {
    store,
    manifest: await ManifestFile.read(store, fingerprintOf(config.dataSecret)),
    tables: archiveTables(config.dataSecret),
  }
  const state = await RestoreState.read(db, store)
  const bar = new ProgressBar()
  const progress = bar.show.bind(bar)
  await checkFiles(archive, progress).finally(() => bar.stop())
  try {
    const log = await openLogOf(database, config)
    await applyRetention(db, log, config.retention)
    const { expired } = await restore(database, log, archive, state, progress)
    await rollUpAll(database, log, (done, total) => bar.show('rollups', done, total))
    await state.end()
    bar.stop()
    await print(`${store.name}: ${archive.manifest.files.length} files restored to the database ${config.database}\n`)
    if (expired > 0)
      await print(
        `the events of ${expired} days are older than EVENTS_DAYS and were left out; their roll-ups are there\n`,
      )
  } catch (error) {
    bar.stop()
    throw new Error(`${(error as Error).message}\nthe restore is not complete: run it again, and it goes on`)
  }
})
