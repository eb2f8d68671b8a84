import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { FolderInUse } from './errors.ts'

/**
 * Holds the folder for this process: a listening socket, which goes with its holder however that ends. On Linux it has a name
 * and no file; elsewhere it is a file, and a stale one is refused like a held one.
 * @returns how to let go
 * @throws FolderInUse when another process holds it
 */
export async function lockFolder(folder: string): Promise<() => void> {
  const path = await realpath(folder)
  const name = createHash('sha256').update(path).digest('hex').slice(0, 32)
  const server = createServer(socket => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new FolderInUse(`another process uses the data in ${path}`) : error)
    })
    server.listen(process.platform === 'linux' ? `\0glance-${name}` : join(path, 'lock'), resolve)
  })
  server.unref()
  return () => server.close()
}
