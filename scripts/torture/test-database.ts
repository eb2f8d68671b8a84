import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { uuidv7 } from 'uuidv7'
import { connect } from '../../src/database/connect.ts'
import { uriFile } from '../../src/engine/engine.ts'
import { RestartingProcess, spawnNode } from './restarting-process.ts'

/** The database of a run. */
export interface TestDatabase {
  /** The name of the database of the services. */
  name: string
  /** Whether it accepts requests, as far as is known. */
  readonly ready: boolean
  /** Waits for it. @returns its connection string */
  uri(): Promise<string>
  /** Causes a fault, if it can. @returns what it was */
  disturb(): string | undefined
  /** Ends it, or removes what the run has left in it. */
  retire(): Promise<void>
}

/** An embedded database in a folder, which is killed to disturb it. */
export function embeddedDatabase(folder: string, port: number): TestDatabase {
  const script = fileURLToPath(new URL('../lib/engine-process.ts', import.meta.url))
  const start = () => spawnNode(['--import', 'tsx', script, folder, String(port)], {})
  const uri = () => readFile(uriFile(folder), 'utf8')
  const server = new RestartingProcess('database', start, async () => ping(await uri()))
  server.run()
  return {
    name: 'torture',
    get ready() {
      return server.ready
    },
    uri,
    disturb() {
      server.kill()
      return 'database -9'
    },
    retire: () => server.retire(),
  }
}

/**
 * A database on a server of the user's own, dropped at the end.
 * @param faultCommand a shell command that causes a fault of the server and undoes it; only one runs at a time
 */
export function ownDatabase(uri: string, faultCommand?: string): TestDatabase {
  const name = `torture-${uuidv7()}`
  let fault: ChildProcess | undefined
  return {
    name,
    ready: true,
    uri: async () => uri,
    disturb() {
      if (!faultCommand || fault) return undefined
      fault = spawn('sh', ['-c', faultCommand], { stdio: ['ignore', 'inherit', 'inherit'] })
      fault.once('exit', () => {
        fault = undefined
      })
      return 'fault command'
    },
    async retire() {
      if (fault) await once(fault, 'exit')
      const { db, connection } = await connect(uri, name)
      await db.dropDatabase()
      await connection.close()
    },
  }
}

async function ping(uri: string): Promise<boolean> {
  const { connection } = await connect(uri, 'admin')
  await connection.close()
  return true
}
