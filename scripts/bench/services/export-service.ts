/** The routes for exports in a process of its own, on the database that the arguments name. Asked, it says its memory in bytes. */
import mongoose from 'mongoose'
import { loadConfig } from '../../../src/config/config.ts'
import { openLog } from '../../../src/events/log/open-log.ts'
import { personHash } from '../../../src/events/person-hash.ts'
import { exportRoutes } from '../../../src/exports/routes.ts'
import { registerAccess } from '../../../src/http/plugins/access.ts'
import { registerIdentity } from '../../../src/http/plugins/identity.ts'
import { registerProblems } from '../../../src/http/plugins/problems.ts'
import { createServer } from '../../../src/http/server.ts'

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
registerAccess(app)
const client = await mongoose.mongo.MongoClient.connect(uri)
const db = client.db(database)
const hashPerson = personHash(config.dataSecret)
const log = await openLog({ client, db }, 'auto', config.retention.events, () => undefined, hashPerson)
await app.register(exportRoutes, { db, log, dataSecret: config.dataSecret })
const url = await app.listen({ host: '127.0.0.1', port: 0 })

let peak = 0
const look = () => {
  peak = Math.max(peak, process.memoryUsage.rss())
}
setInterval(look, 20)
process.send?.({ url })
process.on('message', () => {
  look()
  process.send?.({ peak })
  peak = 0
})
