import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'
import mongoose from 'mongoose'
import type { Test } from 'tap'
import { serverUri } from './mongodb.ts'

const { BSON } = mongoose.mongo
type Document = mongoose.mongo.Document

const HEADER = 16
const OP_MSG = 2013

/** What becomes of a reply: it passes, another takes its place, or the connection is cut instead. */
export type Fate = 'pass' | 'cut' | Document

/** A wire between driver and server in the test's hands. */
export interface Wire {
  uri: string
  /** Asked for each command before it goes on; `cut` loses it. */
  onRequest: (command: Document) => 'pass' | 'cut'
  /** Asked for each reply with the command it answers. */
  onReply: (command: Document, reply: Document) => Fate | Promise<Fate>
}

/** A wire to the server of the run; to begin with everything passes. */
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

/** The address of the run's server, by way of the wire: the replica set would name the server itself. */
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
    if (wire.onRequest(command) === 'cut') client.destroy()
    else upstream.write(frame)
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
    // The wire is cut: both ends are told by their sockets.
  }
}

/** The document of an OP_MSG: in what drivers send it is the first section. Anything else is the old handshake. */
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

/** Returns the names of the commands on a collection that are sent while `work` runs. */
export async function commandsOn(wire: Wire, collection: string, work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = []
  wire.onRequest = command => {
    const [name = '', target] = Object.entries(command)[0] ?? []
    if (target === collection || command.collection === collection) seen.push(name)
    return 'pass'
  }
  await work()
  wire.onRequest = () => 'pass'
  return seen
}
