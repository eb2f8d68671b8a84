import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'

export const EVENT_STREAM = 'text/event-stream'
/** How long clients wait before they connect again, in ms. */
const RETRY_MS = 2_000

/** An answer of server-sent events (WHATWG HTML, 9.2), which goes on until the service or the client ends it. */
export class EventStream {
  readonly #response: ServerResponse
  #fullSince: number | undefined

  /** Begins the answer. It has no end, so what is done with whole answers, such as compression, is not done with it. */
  constructor(request: FastifyRequest, reply: FastifyReply) {
    this.#response = reply.hijack().raw
    this.#response.on('drain', () => {
      this.#fullSince = undefined
    })
    const headers = reply.headers({
      'content-type': EVENT_STREAM,
      'cache-control': 'private, no-store',
      'x-request-id': request.id,
      // Nginx would keep events back.
      'x-accel-buffering': 'no',
    })
    this.#response.writeHead(200, headers.getHeaders() as OutgoingHttpHeaders)
    this.send(Buffer.from(`retry: ${RETRY_MS}\n\n`))
  }

  /** Whether the client has not yet taken what was sent before. */
  get isFull(): boolean {
    return this.#fullSince !== undefined
  }

  /** How long it has not, in ms. */
  get fullFor(): number {
    return this.#fullSince === undefined ? 0 : performance.now() - this.#fullSince
  }

  /** Sends bytes. A full stream takes nothing. @returns whether they were sent */
  send(bytes: Buffer): boolean {
    if (this.isFull) return false
    if (!this.#response.write(bytes)) this.#fullSince = performance.now()
    return true
  }

  /** Calls back each time that the client has taken what was sent. */
  onDrain(listener: () => void): void {
    this.#response.on('drain', listener)
  }

  /** Calls back when the connection is closed. */
  onClose(listener: () => void): void {
    if (this.#response.closed) listener()
    else this.#response.once('close', listener)
  }

  /** Ends the answer; where the client takes nothing, it closes the connection. */
  end(): void {
    if (this.isFull) this.destroy()
    else this.#response.end()
  }

  /** Closes the connection at once. */
  destroy(): void {
    this.#response.destroy()
  }
}

/** Returns an event as it is sent. @param data is written as JSON */
export function eventBytes(id: string, event: string, data: unknown): Buffer {
  return Buffer.from(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
}

/** A comment, which keeps the connection from looking idle. */
export const HEARTBEAT = Buffer.from(':\n\n')
