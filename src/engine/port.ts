import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { EngineError } from './errors.ts'

/**
 * The port to listen on: the one that is asked for, else that of the last start, so that a shell or a tool finds the database
 * again; 0, any that is free, where there was none or another program has it by now.
 * @throws EngineError when the one that is asked for is in use
 */
export async function portToUse(folder: string, asked: number | undefined): Promise<number> {
  if (asked) {
    if (await isFree(asked)) return asked
    throw new EngineError(`port ${asked} is in use: choose another one for the embedded database`)
  }
  const kept = Number(await readFile(portFile(folder), 'utf8').catch(() => '0'))
  return Number.isInteger(kept) && (await isFree(kept)) ? kept : 0
}

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
