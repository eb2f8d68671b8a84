import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'
import mongoose from 'mongoose'
import type { Test } from 'tap'
import { serverUri } from './mongodb.ts'

const { BSON } = mongoose.mongo
type Document = mongoose.mongo.Document

const HEADER = 16
const OP_MSG = 2013

/** What happens to a reply: it passes, it is replaced by a document, or the connection is cut. */
export type Fate = 'pass' | 'cut' | Document

/** A proxy between driver and server that a test controls. */
export interface Wire {
  uri: string
  /**
   * Called with each command; `cut` drops it and the connection, `pass and cut` forwards it but does not wait for the reply, `stall`
   * drops it and leaves the connection open, as a server that stands still.
   */
  onRequest: (command: Document) => 'pass' | 'cut' | 'pass and cut' | 'stall'
  /** Called with each reply and the command that it answers. */
  onReply: (command: Document, reply: Document) => Fate | Promise<Fate>
}

/** Starts a proxy to the server of the test run. At first everything passes. */
export async function aWire(t: Test): Promise<Wire> {
  const { hostname, port } = new URL(serverUri())
  const wire: Wire = { uri: '', onRequest: () => 'pass', onReply: () => 'pass' }
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const upstream = dial(Number(port || 27017), hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket
        .on('error', () => undefined)
        .once('close', () => {
          client.destroy()
          upstream.destroy()
          sockets.delete(socket)
        })
    }
    relay(client, upstream, wire)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  wire.uri = uriThrough(server.address() as AddressInfo)
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return wire
}

/** Returns the names of the commands on a collection that are sent while `work` runs. */
export async function commandsOn(wire: Wire, collection: string, work: () => Promise<unknown>): Promise<string[]> {
  const names: string[] = []
  wire.onRequest = command => {
    const [name = '', target] = Object.entries(command)[0] ?? []
    if (target === collection || command.collection === collection) names.push(name)
    return 'pass'
  }
  await work()
  wire.onRequest = () => 'pass'
  return names
}

/** Whether a command opens or watches a connection. The first one of a connection has an older form, which is not read here. */
export function isHandshake(command: Document): boolean {
  return Object.keys(command).length === 0 || ['hello', 'saslStart', 'saslContinue'].some(name => name in command)
}

/** The URI of the proxy. It connects directly, because a driver that discovers the replica set would bypass the proxy. */
function uriThrough({ address, port }: AddressInfo): string {
  const uri = new URL(serverUri())
  uri.host = `${address}:${port}`
  uri.searchParams.delete('replicaSet')
  uri.searchParams.set('directConnection', 'true')
  return uri.href
}

function relay(client: Socket, upstream: Socket, wire: Wire): void {
  const asked = new Map<number, Document>()
  void eachFrame(client, frame => {
    const command = bodyOf(frame)
    asked.set(frame.readInt32LE(4), command)
    const fate = wire.onRequest(command)
    if (fate === 'cut') client.destroy()
    else if (fate !== 'stall') upstream.write(frame, () => fate === 'pass and cut' && client.destroy())
  })
  void eachFrame(upstream, async frame => {
    const command = asked.get(frame.readInt32LE(8)) ?? {}
    asked.delete(frame.readInt32LE(8))
    const fate = await wire.onReply(command, bodyOf(frame))
    if (fate === 'cut') client.destroy()
    else client.write(fate === 'pass' ? frame : replyFrame(frame, fate))
  })
}

async function eachFrame(socket: Socket, take: (frame: Buffer) => void | Promise<void>): Promise<void> {
  let rest = Buffer.alloc(0)
  try {
    for await (const chunk of socket) {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= HEADER && rest.length >= rest.readInt32LE(0)) {
        const length = rest.readInt32LE(0)
        await take(rest.subarray(0, length))
        rest = rest.subarray(length)
      }
    }
  } catch {
    // The connection was cut: the close events of both sockets handle it.
  }
}

/** The document of an OP_MSG, which is the first section in what drivers send. Any other message is the legacy handshake. */
function bodyOf(frame: Buffer): Document {
  if (frame.readInt32LE(12) !== OP_MSG || frame[HEADER + 4] !== 0) return {}
  const start = HEADER + 5
  return BSON.deserialize(frame.subarray(start, start + frame.readInt32LE(start)))
}

function replyFrame(original: Buffer, reply: Document): Buffer {
  const body = BSON.serialize(reply)
  const frame = Buffer.concat([original.subarray(0, HEADER + 5), body])
  frame.writeInt32LE(frame.length, 0)
  frame.writeInt32LE(0, HEADER)
  return frame
}
