import { join, relative } from 'node:path'
import type { Config } from './config/config.ts'
import type { Engine } from './engine/engine.ts'

const DATABASES: Record<Engine['kind'], string> = {
  server: 'MongoDB',
  mongod: 'mongod, started here',
  documentdb: 'PostgreSQL with DocumentDB, started here',
}

/**
 * Returns the message that the service prints when it has started: its URL, its database and how to stop it.
 * @param setupCode makes the first account; undefined when there is one
 */
export function startMessage(url: string, config: Config, engine: Engine, setupCode: string | undefined): string {
  const { folder } = config.engine
  const rows = {
    API: `${url}/docs`,
    Database: `${DATABASES[engine.kind]} (${engine.reason})`,
    ...(engine.data && {
      Data: engine.data.startsWith(folder) ? folder : `${folder}, ${engine.data}`,
      Shell: `mongosh "$(cat ${relative('', join(folder, 'uri'))})"`,
    }),
    ...(setupCode === undefined
      ? { Admin: config.admin ? config.admin.email : 'sign up, then npm run admin -- grant you@example.com admin' }
      : { Setup: `${url}/dashboard/setup?code=${setupCode}` }),
    Stop: 'Ctrl+C',
  }
  const lines = Object.entries(rows).map(([name, text]) => `  ${name.padEnd(10)}${text}`)
  return `\nGlance is running: ${url}\n\n${lines.join('\n')}\n\n`
}
