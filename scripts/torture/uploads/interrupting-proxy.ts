import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'

/** A proxy between clients and services that interrupts them. */
export interface InterruptingProxy {
  /** The address that clients call. */
  url: string
  close(): void
}

interface Interruptions {
  /** Returns the address of a service, for each connection. */
  target(): string
  /** Returns after how many further bytes of clients the next interruption comes. */
  nextAfter(): number
  /** Interrupts a service. The connection is cut afterwards. */
  interrupt(target: string): Promise<void> | void
}

/** Starts a proxy on loopback that counts the bytes of all clients, and interrupts in between; the bytes behind are dropped. */
export async function startInterruptingProxy({
  target,
  nextAfter,
  interrupt,
}: Interruptions): Promise<InterruptingProxy> {
  const open = new Set<Socket>()
  let left = nextAfter()
  const listener = createServer(client => {
    const url = target()
    const server = dial(Number(new URL(url).port), '127.0.0.1')
    const cut = () => {
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) {
      open.add(socket)
      socket
        .on('error', () => undefined)
        .once('close', () => {
          cut()
          open.delete(socket)
        })
    }
    server.pipe(client)
    client.on('data', bytes => {
      if (bytes.length < left) {
        left -= bytes.length
        if (!server.write(bytes)) client.pause()
        return
      }
      client.pause()
      const last = bytes.subarray(0, left)
      left = Number.POSITIVE_INFINITY
      server.write(last, async () => {
        await interrupt(url)
        cut()
        left = nextAfter()
      })
    })
    server.on('drain', () => client.resume())
  })
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    close: () => {
      listener.close()
      for (const socket of open) socket.destroy()
    },
  }
}
