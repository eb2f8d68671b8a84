import { type Config, loadConfig } from '../../src/config/config.ts'
import { connect, type Database } from '../../src/database/connect.ts'
import { holdToDataSecret } from '../../src/database/data-secret.ts'
import { joinEngine } from '../../src/engine/engine.ts'
import type { Log } from '../../src/events/log/log.ts'
import { openLog } from '../../src/events/log/open-log.ts'
import { personHash } from '../../src/events/person-hash.ts'
import { isReaderGone } from './command.ts'

/**
 * Runs a script's work on the database of the environment, or on the embedded one, which is shared with a running service. When the
 * work fails, prints one line and sets the exit code 1; when nobody reads its output any more, ends it quietly.
 */
export async function withDatabase(work: (database: Database, config: Config) => Promise<void>): Promise<void> {
  try {
    const config = loadConfig(process.env)
    const progress = (line: string) => process.stderr.write(`${line}\n`)
    const engine = await joinEngine({ ...config.engine, uri: config.mongodbUri, durable: true, progress })
    try {
      const database = await connect(engine.uri, config.database)
      await work(database, config).finally(() => database.connection.close())
    } finally {
      await engine.stop()
    }
  } catch (error) {
    if (isReaderGone(error)) return
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
  }
}

/**
 * Opens the event log as the service does.
 * @throws ConfigError when the environment has another data secret than the service: people would be counted twice
 */
export async function openLogOf(database: Database, config: Config): Promise<Log> {
  await holdToDataSecret(database.db, config.dataSecret)
  const hashPerson = personHash(config.dataSecret)
  return openLog(database, config.eventLog, config.retention.events, () => undefined, hashPerson)
}
