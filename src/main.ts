import type { AddressInfo } from 'node:net'
import closeWithGrace from 'close-with-grace'
import { offerSetup } from './accounts/setup/offer-setup.ts'
import { buildApp } from './app.ts'
import { type Config, loadConfig } from './config/config.ts'
import { ConfigError, configErrorFor } from './config/config-error.ts'
import { connect, type Database } from './database/connect.ts'
import type { Engine } from './engine/engine.ts'
import type { App } from './http/server.ts'
import { startMessage } from './start-message.ts'

/** Runs the service: opens the database, builds the app and listens until a signal or an error stops the process. */
async function main(): Promise<void> {
  // Stack traces name the sources, not the compiled files.
  process.setSourceMapsEnabled(true)
  const config = loadConfig(process.env)
  const engine = await openEngine(config)
  let app: App | undefined
  let database: Database | undefined

  const stop = async () => {
    await app?.close()
    await database?.connection.close()
    await engine.stop()
  }
  // Registered first: a signal during the start must also stop the database.
  closeWithGrace({ delay: config.shutdownGrace, logger: false }, async ({ err }) => {
    if (err) report(err)
    await stop()
  })

  try {
    database = await connect(engine.uri, config.database).catch(configErrorFor('MONGODB_URI'))
    app = await buildApp(config, database, engine)
    app.log.info({ engine: engine.kind, reason: engine.reason }, 'database')
    await listen(app, config)
    const setupCode = await offerSetup(config, database, app.log)
    if (!config.production) process.stdout.write(startMessage(urlOf(app), config, engine, setupCode))
  } catch (error) {
    await stop()
    throw error
  }
}

/** Returns the configured database server, or starts the embedded one, whose code is loaded only then. */
async function openEngine(config: Config): Promise<Engine> {
  if (config.mongodbUri) {
    return { kind: 'server', uri: config.mongodbUri, reason: 'MONGODB_URI is set', stop: async () => undefined }
  }
  const { startEngine } = await import('./engine/engine.ts')
  return startEngine({ ...config.engine, durable: true, progress: line => process.stdout.write(`${line}\n`) })
}

/** @throws ConfigError when HOST and PORT can not be used */
async function listen(app: App, { host, port }: Config): Promise<void> {
  await app.listen({ host, port }).catch(error => {
    if (error.code !== 'EADDRINUSE') return configErrorFor('HOST, PORT')(error)
    throw new ConfigError([`HOST, PORT: ${host}:${port} is in use (EADDRINUSE): stop what listens there, or set PORT`])
  })
}

/** Returns the URL of the service for a browser on this machine. */
function urlOf({ server }: App): string {
  const { address, port } = server.address() as AddressInfo
  if (address === '0.0.0.0' || address === '::') return `http://127.0.0.1:${port}`
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}

main().catch((error: Error) => {
  report(error)
  process.exit(1)
})

/** Errors of the operating system that the operator can mend; their messages name the path. */
const OPERATOR_ERRORS = new Set(['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS'])

/** Prints an error: in one line when the operator can mend it, else with its stack. */
function report({ name, code = '', message, stack }: NodeJS.ErrnoException): void {
  const isKnown = name === 'ConfigError' || name === 'EngineError' || OPERATOR_ERRORS.has(code)
  process.stderr.write(`${isKnown ? message : stack}\n`)
}
