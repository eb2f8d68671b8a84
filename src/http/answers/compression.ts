import { pipeline, Readable, type Transform } from 'node:stream'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { negotiate } from '@fastify/accept-negotiator'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../server.ts'
import { varyBy } from './vary.ts'

/** Shorter answers fit into one packet anyway. */
const SHORT_BYTES = 1024
/** Memory of a compressor of a stream: those of Brotli and zstd take 1.4 MiB. */
const COMPRESSOR_BYTES = 2 * 1_048_576
/** Images and Parquet files are compressed already. */
const COMPRESSIBLE = /^(text\/|application\/(x-ndjson|javascript|([\w.-]+\+)?json)\b)/

interface Coding {
  /** Compresses a whole answer, outside the event loop. */
  compress(answer: Buffer): Promise<Buffer>
  /** Creates a compressor of a streamed answer, with a window that bounds its memory. */
  create(): Transform
}

const { constants } = zlib
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 18 } }
const brotli = promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliCompress)
const gzip = promisify<Buffer, Buffer>(zlib.gzip)

/** The content codings, the best one first: zstd compresses as well as Brotli in a third of the time. */
const CODINGS: Record<string, Coding> = {
  ...zstdOfNode(),
  br: { compress: answer => brotli(answer, BROTLI), create: () => zlib.createBrotliCompress(BROTLI) },
  gzip: { compress: answer => gzip(answer), create: () => zlib.createGzip() },
}

/**
 * Compresses answers as the client accepts it (RFC 9110, 12.5.3). Register it before the memory of open answers is bounded, which then
 * counts what is sent.
 *
 * Only GET (and HEAD) is compressed: an answer to another method may hold a secret that it has made, such as a key or a token, beside
 * what the caller sent, and its length would tell about it (BREACH). An answer with a strong ETag is not compressed either: the tag
 * names its exact bytes (RFC 9110, 8.8.3.3), and clients send it in If-Match.
 */
export function registerCompression(app: App): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (!mayBeCompressed(request, reply)) return payload
    varyBy(reply, 'Accept-Encoding')
    const name = acceptedCoding(request)
    const coding = CODINGS[name]
    if (!coding || isShort(payload)) return payload
    const compressed =
      payload instanceof Readable
        ? compressedStream(payload, coding, reply)
        : await coding.compress(Buffer.from(payload as string))
    reply.header('content-encoding', name).removeHeader('content-length')
    return compressed
  })
}

/** Whether an answer depends on Accept-Encoding. */
function mayBeCompressed({ method }: FastifyRequest, reply: FastifyReply): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false
  if (reply.hasHeader('content-encoding') || reply.hasHeader('content-range')) return false
  const etag = String(reply.getHeader('etag') ?? '')
  if (etag.startsWith('"')) return false
  return reply.statusCode === 304 ? etag !== '' : COMPRESSIBLE.test(String(reply.getHeader('content-type') ?? ''))
}

/** Returns the best coding of those that the client prefers. */
function acceptedCoding({ headers }: FastifyRequest): string {
  const accepted = headers['accept-encoding']?.toString().toLowerCase() ?? ''
  return negotiate(accepted, [...Object.keys(CODINGS), 'identity']) ?? 'identity'
}

/** Whether there is nothing to gain: an answer without a body, or a short one. */
function isShort(payload: unknown): boolean {
  if (payload instanceof Readable) return false
  return (typeof payload !== 'string' && !Buffer.isBuffer(payload)) || Buffer.byteLength(payload) < SHORT_BYTES
}

/**
 * Returns a compressed stream. When it or its source is destroyed, so is the other.
 * @throws Problem `unavailable` when too many long answers are open
 */
function compressedStream(source: Readable, { create }: Coding, reply: FastifyReply): Readable {
  // It is not sent.
  if (reply.request.method === 'HEAD') return source
  try {
    reply.reserveStream(Number.POSITIVE_INFINITY, COMPRESSOR_BYTES)
  } catch (problem) {
    source.destroy()
    throw problem
  }
  // The reader of the compressor gets the errors.
  return pipeline(source, create(), () => undefined)
}

/** Returns the coding zstd where Node has it, from 22.15 on. */
function zstdOfNode(): Record<string, Coding> {
  if (!('createZstdCompress' in zlib)) return {}
  const { zstdCompress, createZstdCompress, constants } = zlib as unknown as Zstd
  const options = { params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_windowLog]: 18 } }
  const zstd = promisify<Buffer, object, Buffer>(zstdCompress)
  return { zstd: { compress: answer => zstd(answer, options), create: () => createZstdCompress(options) } }
}

/** What the types of Node 20 do not have. */
interface Zstd {
  zstdCompress(answer: Buffer, options: object, done: (error: Error | null, compressed: Buffer) => void): void
  createZstdCompress(options: object): Transform
  constants: { ZSTD_c_compressionLevel: number; ZSTD_c_windowLog: number }
}
