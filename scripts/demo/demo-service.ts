import { join } from 'node:path'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/config.ts'
import { connect, type Database } from '../../src/database/connect.ts'
import { type Engine, startEngine } from '../../src/engine/engine.ts'
import type { App } from '../../src/http/server.ts'
import { type RunningScript, runScript } from '../lib/run-script.ts'
import { ADMIN, acceptingHistory } from '../seed/fill.ts'
import { isFilled } from './filled.ts'
import { freePort } from './free-port.ts'

/** The service with its database, and the process of those who look at its pictures. */
export class DemoService {
  readonly #print: (line: string) => void
  readonly #env = demoEnvironment(process.env)
  #engine: Engine | undefined
  #database: Database | undefined
  #app: App | undefined
  #visits: RunningScript | undefined
  #url = ''

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  /** Starts the service. What an interrupted first start has left is removed. @returns its URL */
  async start(): Promise<string> {
    const config = loadConfig(this.#env)
    this.#engine = await startEngine({ ...config.engine, durable: true, progress: this.#print })
    this.#database = await connect(this.#engine.uri, config.database)
    if (!(await isFilled(config.engine.folder))) await this.#database.db.dropDatabase()
    this.#app = await buildApp(acceptingHistory(config), this.#database)
    this.#url = await this.#app.listen({ host: config.host, port: await freePort(config.host, config.port) })
    return this.#url
  }

  /** Starts the people, in a process of their own: painting pictures must not delay answers. */
  async startVisits(): Promise<void> {
    this.#visits = runScript('demo/visits.ts', [this.#url], this.#env)
    await this.#visits.ended
  }

  /** Stops everything that was started. */
  async stop(): Promise<void> {
    this.#visits?.process.kill()
    await this.#visits?.ended.catch(() => undefined)
    await this.#app?.close()
    await this.#database?.connection.close()
    await this.#engine?.stop()
  }
}

/** Returns the environment of the demo: its own folder and database, whatever else is configured. */
function demoEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    LOG_LEVEL: 'warn',
    ...env,
    MONGODB_URI: '',
    DATABASE: '',
    GLANCE_FOLDER: join(env.GLANCE_FOLDER || '.glance', 'demo'),
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
  }
}
