import type { AddressInfo } from 'node:net'
import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { type Config, loadConfig } from './config/config.ts'
import { ConfigError, configErrorFor } from './config/config-error.ts'
import { connect, type Database } from './database/connect.ts'
import type { Engine } from './engine/engine.ts'
import type { App } from './http/server.ts'
import { startMessage } from './start-message.ts'

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
    database = await connect(engine.uri, config.database).catch(configErrorFor('MONGODB_URI'))
    app = await buildApp(config, database)
    app.log.info({ engine: engine.kind, reason: engine.reason }, 'database')
    await listen(app, config)
    if (!config.production) process.stdout.write(startMessage(urlOf(app), config, engine))
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

async function listen(app: App, { host, port }: Config): Promise<void> {
  await app.listen({ host, port }).catch(error => {
    if (error.code !== 'EADDRINUSE') return configErrorFor('HOST, PORT')(error)
    throw new ConfigError([`HOST, PORT: ${host}:${port} is in use (EADDRINUSE): stop what listens there, or set PORT`])
  })
}

/** Where a browser on this machine finds the service. */
function urlOf({ server }: App): string {
  const { address, port } = server.address() as AddressInfo
  if (address === '0.0.0.0' || address === '::') return `http://127.0.0.1:${port}`
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}

main().catch((error: Error) => {
  report(error)
  process.exit(1)
})

/** What the operating system refuses an operator: these errors' messages name the path. */
const REFUSALS = new Set(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS'])

/** Writes an error: faults of the operator's or the machine's are one line, ours come with their stack. */
function report({ name, code = '', message, stack }: NodeJS.ErrnoException): void {
  const isKnown = name === 'ConfigError' || name === 'EngineError' || REFUSALS.has(code)
  process.stderr.write(`${isKnown ? message : stack}\n`)
}
