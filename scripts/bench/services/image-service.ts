/**
 * Runs the whole service in its own process. Arguments: URI and name of the database. Sends its URL and memory in bytes at first and as
 * the answer to each message.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildApp } from '../../../src/app.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { connect } from '../../../src/database/connect.ts'

const OWNER = { email: 'bench@example.com', password: 'the password of the bench' }

const [, , uri = '', name = ''] = process.argv
const config = loadConfig({
  MONGODB_URI: uri,
  DATABASE: name,
  GLANCE_FOLDER: join(tmpdir(), 'glance-bench-service'),
  RATE_LIMIT: '0',
  SIGN_UP_LIMIT: '0',
  LOG_LEVEL: 'error',
  JWT_SECRET: 'x'.repeat(32),
  DATA_SECRET: 'x'.repeat(32),
  ADMIN_EMAIL: OWNER.email,
  ADMIN_PASSWORD: OWNER.password,
})
const app = await buildApp(config, await connect(uri, name))
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.send?.({ url, rss: process.memoryUsage.rss() })
process.on('message', () => process.send?.({ url, rss: process.memoryUsage.rss() }))
