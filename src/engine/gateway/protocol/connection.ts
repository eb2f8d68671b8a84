import type { Socket } from 'node:net'
import { type Request, readRequest } from './request.ts'
import { frameLength, parseFrame, replyFrame } from './wire.ts'

/** Executes a command and returns the parts of its serialized reply. Must not throw: an error closes the connection. */
export type Handler = (request: Request) => Promise<Uint8Array[]>

/**
 * Serves a client until it disconnects. Answers each frame before it reads the next one. Closes the connection when the client
 * violates the wire protocol.
 */
export async function serve(socket: Socket, handler: Handler): Promise<void> {
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  try {
    for await (const frame of frames(socket)) {
      const message = parseFrame(frame)
      const reply = replyFrame(message, await handler(readRequest(message)))
      if (!message.silent && !socket.write(reply)) await waitForDrain(socket)
    }
    socket.end()
  } catch {
    socket.destroy()
  }
}

/** Yields the complete frames of a socket until it is closed. @throws WireError when a length is not allowed */
export async function* frames(socket: Socket): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = []
  let size = 0
  let needed: number | undefined
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    size += chunk.length
    if (needed === undefined || size >= needed) {
      let buffer = chunks.length === 1 ? chunk : Buffer.concat(chunks)
      needed = frameLength(buffer)
      while (needed !== undefined && buffer.length >= needed) {
        yield buffer.subarray(0, needed)
        buffer = buffer.subarray(needed)
        needed = frameLength(buffer)
      }
      chunks = [buffer]
      size = buffer.length
    }
  }
}

/** Waits until the socket can be written to again, or is closed. */
function waitForDrain(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}
