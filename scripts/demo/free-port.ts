import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Returns the first port from one on that is free; any free one for 0. */
export async function freePort(host: string, from: number): Promise<number> {
  const server = createServer()
  server.listen(from, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return freePort(host, from + 1)
  }
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
