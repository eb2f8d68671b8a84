/** A server of the MongoDB protocol that acknowledges every write at once and stores nothing, to measure the cost of our own code. */
import { createServer, type Socket } from 'node:net'
import { BSON } from 'mongodb'
import { frameLength, type Message, parseFrame, replyFrame } from '../../../src/engine/gateway/protocol/wire.ts'
import { hello } from '../../../src/engine/gateway/server-commands.ts'

const server = createServer(socket => {
  let rest = Buffer.alloc(0)
  socket.on('data', chunk => {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    for (let length = frameLength(rest); length !== undefined && rest.length >= length; length = frameLength(rest)) {
      answer(socket, parseFrame(rest.subarray(0, length)))
      rest = rest.subarray(length)
    }
  })
  socket.on('error', () => undefined)
})

server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number }
  process.send?.(`mongodb://127.0.0.1:${port}/?directConnection=true`)
})

function answer(socket: Socket, message: Message): void {
  if (!message.silent) socket.write(replyFrame(message, [BSON.serialize(replyTo(message), { ignoreUndefined: true })]))
}

function replyTo({ body }: Message): BSON.Document {
  // The first element of a command is its name; the rest is not parsed.
  const name = body.toString('latin1', 5, body.indexOf(0, 5))
  if (name === 'hello' || name === 'ismaster' || name === 'isMaster') {
    const { port } = server.address() as { port: number }
    return hello(`127.0.0.1:${port}`, 'null', true)
  }
  return { ok: 1, n: 0 }
}
