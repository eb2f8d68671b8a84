/** `npm run seed [-- --force]`: writes demo data: 50 pictures, 200 people and a bot, about 50,000 events of the last seven weeks. */
import { buildApp } from '../src/app.ts'
import { type Config, loadConfig } from '../src/config/config.ts'
import { connect, type Database } from '../src/database/connect.ts'
import { startEngine } from '../src/engine/engine.ts'
import { readCommand, refuseWords } from './lib/command.ts'
import { openLogOf } from './lib/database.ts'
import { ProgressBar } from './lib/progress-bar.ts'
import { rollUpAll } from './lib/roll-up-all.ts'
import { runScript } from './lib/run-script.ts'
import { ADMIN, acceptingHistory } from './seed/fill.ts'

const HELP = `npm run seed -- [--force]

Writes demo data: 50 pictures, 200 people and a bot, about 50,000 events of the last seven weeks. It takes one to three minutes. --force adds
them to a database that is not empty. When it is interrupted, what it has written stays: choose another DATABASE to begin anew. Only roll-ups
that are missing then are written by the service. npm run demo does all this beside a running service.`

const { force } = readCommand(HELP, { force: { type: 'boolean', default: false } }, (values, words) => {
  refuseWords(words)
  return values
})
const print = (line: string) => process.stdout.write(`${line}\n`)

try {
  const config = loadConfig({ ...process.env, ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password })
  const engine = await startEngine({ ...config.engine, uri: config.mongodbUri, durable: true, progress: print })
  try {
    const database = await connect(engine.uri, config.database)
    await seed(database, config).finally(() => database.connection.close())
  } finally {
    await engine.stop()
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

async function seed(database: Database, config: Config): Promise<void> {
  if (!force && (await database.db.listCollections().toArray()).length > 0) {
    throw new Error(`the database ${config.database} is not empty; --force adds the demo data to it`)
  }
  await send(database, config)
  const bar = new ProgressBar()
  try {
    await rollUpAll(database, await openLogOf(database, config), (done, total) => bar.show('roll-ups', done, total))
  } finally {
    bar.stop()
  }
  print(`the demo admin: ${ADMIN.email}, password: ${ADMIN.password}`)
}

/** Sends pictures and events to the service, which runs in this process meanwhile. */
async function send(database: Database, config: Config): Promise<void> {
  const app = await buildApp({ ...acceptingHistory(config), rateLimit: 0, logLevel: 'error' }, database)
  try {
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    await runScript('seed/filler.ts', [url], process.env).ended
  } finally {
    await app.close()
  }
}
