import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { Problem } from '../../errors.ts'
import { MemoryBudget } from '../../lib/memory-budget.ts'
import { callerKey } from '../plugins/limits.ts'
import type { App } from '../server.ts'

const MIB = 1_048_576
/** Memory of the long answers that clients have not taken yet. */
const MAX_OPEN_BYTES = 256 * MIB
const MAX_OPEN_BYTES_OF_CALLER = 64 * MIB
/** Shorter answers are not counted: the number of connections bounds them. */
const SHORT_BYTES = 65_536
/** What a stream holds in memory at most, which is about one chunk of a file. */
const STREAM_BYTES = MIB
/** A long answer is sent in such pieces, each of which the client must take in time. */
const PIECE_BYTES = 65_536
const PIECE_TIMEOUT_MS = 45_000

declare module 'fastify' {
  interface FastifyReply {
    /**
     * Reserves the memory of a streamed answer, before it is opened; otherwise it is reserved when the answer is sent. It is released
     * when the client has taken the answer or its connection closes.
     * @param bytes length of the answer
     * @param more memory that it needs besides, such as that of a compressor
     * @throws Problem `unavailable` when the client, or all clients together, have too many long answers open
     */
    reserveStream(bytes: number, more?: number): void
  }
}

interface Bounds {
  /** Memory of all long answers, in bytes. */
  total?: number
  /** Memory of the long answers of a caller, in bytes. */
  perCaller?: number
  /** Time in which a client must take a piece, in ms. */
  pieceTimeout?: number
}

/**
 * Bounds the memory of long answers that clients do not read: by caller, in all, and by time. A connection whose client takes nothing for
 * 45 s is closed.
 */
export function registerOpenAnswers(
  app: App,
  { total = MAX_OPEN_BYTES, perCaller = MAX_OPEN_BYTES_OF_CALLER, pieceTimeout = PIECE_TIMEOUT_MS }: Bounds = {},
): void {
  const budget = new MemoryBudget(total, perCaller)
  const reserved = new WeakSet<FastifyReply>()

  app.decorateReply('reserveStream', function (this: FastifyReply, bytes: number, more = 0) {
    reserve(this, Math.min(bytes, STREAM_BYTES) + more)
  })

  app.addHook('onSend', async (request, reply, payload) => {
    if (request.method === 'HEAD') return payload
    const answer = streamOf(payload)
    if (!answer) return payload
    try {
      reserve(reply, answer.bytes ?? STREAM_BYTES)
    } catch (problem) {
      answer.stream.destroy()
      throw problem
    }
    if (answer.bytes !== undefined) reply.header('content-length', answer.bytes)
    return inPieces(answer.stream, pieceTimeout, () => reply.raw.destroy())
  })

  function reserve(reply: FastifyReply, bytes: number): void {
    if (bytes <= SHORT_BYTES || reserved.has(reply)) return
    const release = budget.reserve(callerKey(reply.request), bytes)
    if (!release) {
      const detail = 'too many long answers are open: read them, or close their connections'
      throw new Problem('unavailable', { detail, headers: { 'retry-after': '5' } })
    }
    reserved.add(reply)
    if (reply.raw.destroyed) release()
    else reply.raw.once('prefinish', release).once('close', release)
  }
}

/** Returns a long answer as a stream, with its length if it is known; undefined for a short answer. */
function streamOf(payload: unknown): { stream: Readable; bytes?: number } | undefined {
  if (payload instanceof Readable) return { stream: payload }
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return undefined
  const bytes = Buffer.byteLength(payload)
  return bytes > SHORT_BYTES ? { stream: Readable.from([Buffer.from(payload as string)]), bytes } : undefined
}

/**
 * Passes a stream on in pieces, and reads nothing ahead of the consumer.
 * @param time in which the consumer must take a piece, in ms
 * @param giveUp called when it does not
 */
function inPieces(source: Readable, time: number, giveUp: () => void): Readable {
  const stream = Readable.from(pieces(), { objectMode: false, highWaterMark: 0 })
  // Also while the source makes its next chunk.
  return stream.once('close', () => source.destroy())

  async function* pieces(): AsyncGenerator<Buffer> {
    for await (const chunk of source as AsyncIterable<Buffer | string>) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
        const timer = setTimeout(giveUp, time)
        try {
          yield bytes.subarray(from, from + PIECE_BYTES)
        } finally {
          clearTimeout(timer)
        }
      }
    }
  }
}
