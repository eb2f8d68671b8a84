import type { Socket } from 'node:net'
import type { BSON } from 'mongodb'
import { type Request, readRequest } from './request.ts'
import { frameLength, type Message, parseFrame, replyFrame } from './wire.ts'

export type Answer = (request: Request) => Promise<Buffer | BSON.Document>

/** Serves one client: one frame after the other, each answered before the next is read. What is no frame ends it. */
export async function serve(socket: Socket, answer: Answer): Promise<void> {
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  try {
    for await (const frame of frames(socket)) {
      const message = parseFrame(frame)
      const reply = await replyTo(message, answer)
      if (!message.silent && !socket.write(reply)) await drained(socket)
    }
    socket.end()
  } catch {
    socket.destroy()
  }
}

async function replyTo(message: Message, answer: Answer): Promise<Buffer> {
  return replyFrame(message, await answer(readRequest(message)))
}

async function* frames(socket: Socket): AsyncGenerator<Buffer> {
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

function drained(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}
