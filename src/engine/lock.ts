import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { FolderInUse } from './errors.ts'

/**
 * Locks a folder for this process. The lock is a listening socket, which the system closes when the process ends, even if it is
 * killed. On Linux the socket has an abstract name; elsewhere it is a file, and a file left behind by a killed process keeps the
 * folder locked.
 * @returns a function that releases the lock
 * @throws FolderInUse when another process has locked the folder
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
