import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'
import { frames } from '../../../src/engine/gateway/protocol/connection.ts'
import { parseFrame } from '../../../src/engine/gateway/protocol/wire.ts'
import { randomItem } from '../random-item.ts'

/** The commands during which connections are cut. */
const WRITES = new Set(['insert', 'update', 'delete', 'findAndModify'])
/** Share of these commands whose connection is cut. */
const CUT_SHARE = 0.1
/** How long a command is executed at most before its connection is cut. */
const MAX_EXECUTION_MS = 50
/** When a connection is cut. `before the reply`: while the server executes the command, or when it has replied. */
const MOMENTS = ['before the request', 'within the request', 'before the reply', 'within the reply'] as const
type Moment = (typeof MOMENTS)[number]

/** A proxy between driver and server that cuts connections. */
export interface CuttingProxy {
  /** The connection string of the server through the proxy. */
  uri: string
  /** Number of connections that were cut, by moment. */
  cuts: Record<Moment, number>
  close(): void
}

/** A connection of the driver, its connection to the server, and the moment to cut both, if they are to be cut. */
interface Link {
  client: Socket
  server: Socket
  moment: Moment | undefined
}

/**
 * Starts a proxy on loopback that cuts the connections of random writes at random moments, until there were enough cuts. Half of
 * the cuts are resets (RST), the others close the connection (FIN).
 * @param random numbers in [0, 1)
 */
export async function startCuttingProxy(
  serverUri: string,
  { maxCuts, random, onCut }: { maxCuts: number; random: () => number; onCut: (cuts: number) => void },
): Promise<CuttingProxy> {
  const { hostname, port } = new URL(serverUri)
  const cuts = { 'before the request': 0, 'within the request': 0, 'before the reply': 0, 'within the reply': 0 }
  let total = 0

  const listener = createServer(client => {
    const link: Link = { client, server: dial(Number(port || 27017), hostname), moment: undefined }
    for (const socket of [client, link.server]) {
      socket
        .setNoDelay(true)
        .on('error', () => undefined)
        .once('close', () => {
          client.destroy()
          link.server.destroy()
        })
    }
    // An iterator fails when its socket is destroyed: the close events above handle it.
    forwardRequests(link).catch(() => undefined)
    forwardReplies(link).catch(() => undefined)
  })

  async function forwardRequests(link: Link): Promise<void> {
    for await (const frame of frames(link.client)) {
      link.moment = total < maxCuts && isWrite(frame) && random() < CUT_SHARE ? randomItem(MOMENTS, random) : undefined
      if (link.moment === 'before the request') cut(link)
      else if (link.moment === 'within the request') link.server.write(startOf(frame), () => cut(link))
      else link.server.write(frame)
      if (link.moment === 'before the reply') setTimeout(() => cut(link), random() * MAX_EXECUTION_MS)
    }
  }

  async function forwardReplies(link: Link): Promise<void> {
    for await (const frame of frames(link.server)) {
      if (link.moment === 'before the reply') cut(link)
      else if (link.moment === 'within the reply') link.client.write(startOf(frame), () => cut(link))
      else link.client.write(frame)
    }
  }

  function startOf(frame: Buffer): Buffer {
    return frame.subarray(0, 1 + Math.floor(random() * (frame.length - 1)))
  }

  function cut({ client, server, moment }: Link): void {
    if (!moment || client.destroyed) return
    const reset = random() < 0.5
    for (const socket of [client, server]) reset ? socket.resetAndDestroy() : socket.destroy()
    cuts[moment]++
    onCut(++total)
  }

  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve))
  return { uri: uriThrough(listener.address() as AddressInfo, serverUri), cuts, close: () => listener.close() }
}

/** Whether a frame contains a write: the first field of a command is its name. */
function isWrite(frame: Buffer): boolean {
  const { body } = parseFrame(frame)
  return WRITES.has(body.toString('latin1', 5, body.indexOf(0, 5)))
}

/** Returns a URI that connects directly, because a driver that discovers the replica set would bypass the proxy. */
function uriThrough({ address, port }: AddressInfo, serverUri: string): string {
  const uri = new URL(serverUri)
  uri.host = `${address}:${port}`
  uri.searchParams.delete('replicaSet')
  uri.searchParams.set('directConnection', 'true')
  return uri.href
}
