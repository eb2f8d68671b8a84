import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { blame, type Config, loadConfig } from './config.ts'
import { connect, type Database } from './database/connect.ts'
import type { Engine } from './engine/engine.ts'
import type { App } from './http/server.ts'

/** The process: database, service, socket, and how they end. */
async function main(): Promise<void> {
  const config = loadConfig(process.env)
  const engine = await openEngine(config)
  let app: App | undefined
  let database: Database | undefined

  const stop = async () => {
    await app?.close()
    await database?.connection.close()
    await engine.stop()
  }
  // Registered first: a signal during the start must not leave a database behind.
  closeWithGrace({ delay: config.shutdownGrace, logger: false }, async ({ err }) => {
    if (err) report(err)
    await stop()
  })

  try {
    database = await connect(engine.uri, config.database).catch(blame('MONGODB_URI'))
    app = await buildApp(config, database)
    app.log.info({ engine: engine.kind, reason: engine.reason }, 'database')
    await app.listen({ host: config.host, port: config.port }).catch(blame('HOST, PORT'))
  } catch (error) {
    await stop()
    throw error
  }
}

/** The engine's code is loaded only where no database is configured. */
async function openEngine(config: Config): Promise<Engine> {
  if (config.mongodbUri) {
    return { kind: 'server', uri: config.mongodbUri, reason: 'MONGODB_URI is set', stop: async () => undefined }
  }
  const { startEngine } = await import('./engine/engine.ts')
  return startEngine({ ...config.engine, durable: true, progress: line => process.stdout.write(`${line}\n`) })
}

main().catch((error: Error) => {
  report(error)
  process.exit(1)
})

/** Faults of the operator's are one clear line; ours come with their stack. */
function report(error: Error): void {
  const known = error.name === 'ConfigError' || error.name === 'EngineError'
  process.stderr.write(`${known ? error.message : error.stack}\n`)
}
