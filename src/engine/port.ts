import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { EngineError } from './errors.ts'

/**
 * Returns the port to listen on: the requested one; else the port of the last start, so that a shell or tool finds the database
 * again; else 0, which selects a free port.
 * @throws EngineError when the requested port is in use
 */
export async function choosePort(folder: string, requested: number | undefined): Promise<number> {
  if (requested) {
    if (await isFree(requested)) return requested
    throw new EngineError(`port ${requested} is in use: choose another one for the embedded database`)
  }
  const last = Number(await readFile(portFile(folder), 'utf8').catch(() => '0'))
  return Number.isInteger(last) && (await isFree(last)) ? last : 0
}

/** Stores the port for later starts. */
export async function rememberPort(folder: string, port: number): Promise<void> {
  await writeFile(portFile(folder), `${port}\n`)
}

function portFile(folder: string): string {
  return join(folder, 'port')
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
