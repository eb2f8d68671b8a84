/** Runs the whole service in its own process. Arguments: URI of the database, and e-mail and password of the admin as JSON. */
import { buildApp } from '../../../src/app.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { connect } from '../../../src/database/connect.ts'

const [, , uri = '', admin = '{}'] = process.argv
const { email, password } = JSON.parse(admin) as { email: string; password: string }
const config = loadConfig({
  JWT_SECRET: 'x'.repeat(32),
  DATA_SECRET: 'x'.repeat(32),
  LOG_LEVEL: 'error',
  RATE_LIMIT: '0',
  SIGN_UP_LIMIT: '0',
  ADMIN_EMAIL: email,
  ADMIN_PASSWORD: password,
})
const app = await buildApp(config, await connect(uri, 'bench-whole'))
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.send?.({ url })
process.on('message', () => process.send?.({ url, rss: process.memoryUsage.rss() }))
