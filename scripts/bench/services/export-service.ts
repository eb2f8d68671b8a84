/**
 * Serves the routes for exports in its own process. Arguments: URI and name of the database. Answers each message with the peak memory
 * since the last one, in bytes.
 */
import mongoose from 'mongoose'
import { loadConfig } from '../../../src/config/config.ts'
import { openLog } from '../../../src/events/log/open-log.ts'
import { personHash } from '../../../src/events/person-hash.ts'
import { exportRoutes } from '../../../src/exports/routes.ts'
import { registerAccess } from '../../../src/http/plugins/access.ts'
import { registerIdentity } from '../../../src/http/plugins/identity.ts'
import { registerProblems } from '../../../src/http/problems/problems.ts'
import { createServer } from '../../../src/http/server.ts'

const SAMPLE_INTERVAL_MS = 20

const [, , uri = '', database = ''] = process.argv
const config = loadConfig({
  ...process.env,
  JWT_SECRET: 'x'.repeat(32),
  DATA_SECRET: 'x'.repeat(32),
  LOG_LEVEL: 'error',
})
const app = createServer(config)
registerProblems(app)
registerIdentity(app, async () => {
  return { kind: 'key', id: 'bench', app: 'bench', scopes: ['exports:read'], origins: [], ownerId: 'bench' }
})
registerAccess(app, {
  requireConfirmation: async () => undefined,
  accountOfCookie: async () => null,
  recordRefusal: () => undefined,
})
const client = await mongoose.mongo.MongoClient.connect(uri)
const db = client.db(database)
const hashPerson = personHash(config.dataSecret)
const log = await openLog({ client, db }, 'auto', config.retention.events, () => undefined, hashPerson)
await app.register(exportRoutes, {
  db,
  log,
  dataSecret: config.dataSecret,
  audit: { record: async () => undefined },
})
const url = await app.listen({ host: '127.0.0.1', port: 0 })

let peak = 0
const sample = () => {
  peak = Math.max(peak, process.memoryUsage.rss())
}
setInterval(sample, SAMPLE_INTERVAL_MS)
process.send?.({ url })
process.on('message', () => {
  sample()
  process.send?.({ peak })
  peak = 0
})
