import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Number of requests that may wait on a connection behind the one that is being answered. */
const MAX_WAITING_REQUESTS = 32

type Exchange = [request: IncomingMessage, response: ServerResponse]

/**
 * Creates a server that handles the requests of a connection one after the other (HTTP pipelining), in the order of their answers:
 * otherwise each of them would hold its answer in memory until those before it are sent.
 * @param refuse closes a connection with more than 32 waiting requests; gets the answer in progress
 */
export function createSequentialServer(
  handler: RequestListener,
  refuse: (socket: Socket, current: ServerResponse) => void,
): Server {
  const connections = new WeakMap<Socket, { current: ServerResponse; waiting: Exchange[] }>()
  return createServer((request, response) => {
    const { socket } = request
    const connection = connections.get(socket)
    if (!connection) handle(request, response)
    else if (isEnding(socket)) return
    else if (connection.waiting.length < MAX_WAITING_REQUESTS) connection.waiting.push([request, response])
    else refuse(socket, connection.current)
  })

  function handle(request: IncomingMessage, response: ServerResponse, waiting: Exchange[] = []): void {
    const { socket } = request
    connections.set(socket, { current: response, waiting })
    response.once('close', () => {
      const next = isEnding(socket) ? undefined : waiting.shift()
      if (next) handle(...next, waiting)
      else connections.delete(socket)
    })
    handler(request, response)
  }
}

/** Whether a connection takes no further answer. */
function isEnding(socket: Socket): boolean {
  return socket.destroyed || socket.writableEnded
}
