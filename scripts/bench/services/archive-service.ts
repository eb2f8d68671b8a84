/**
 * Archives at each message, in its own process. Arguments: URI and name of the database, folder of the archive. Sends the memory that it
 * uses when it is idle, then the seconds and the peak memory of each run, in bytes.
 */
import { archiveAll } from '../../../src/archive/archive.ts'
import { openArchive } from '../../../src/archive/open-archive.ts'
import { FolderStore } from '../../../src/archive/store/folder-store.ts'
import { connect } from '../../../src/database/connect.ts'
import { openLog } from '../../../src/events/log/open-log.ts'
import { personHash } from '../../../src/events/person-hash.ts'
import { BENCH_SECRET } from '../lib/secret.ts'

const SAMPLE_INTERVAL_MS = 20
const TTL_MS = 90 * 86_400_000

const [, , uri = '', name = '', folder = ''] = process.argv
const database = await connect(uri, name)
const log = await openLog(database, 'auto', TTL_MS, () => undefined, personHash(BENCH_SECRET))
// Without the lease, which a killed process would hold for 10 s.
const sources = { db: database.db, log, readErased: async () => ({ has: () => false }) }
const store = new FolderStore(folder)

let peak = 0
setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, SAMPLE_INTERVAL_MS)
process.send?.({ idle: process.memoryUsage.rss() })
process.on('message', async () => {
  peak = 0
  const started = performance.now()
  await archiveAll(sources, await openArchive(store, BENCH_SECRET, person => person))
  process.send?.({ seconds: (performance.now() - started) / 1_000, peak })
})
