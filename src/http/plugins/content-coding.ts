import type { IncomingMessage } from 'node:http'
import { Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import { MemoryBudget } from '../../lib/memory-budget.ts'
import type { App } from '../server.ts'
import { isStreamed } from './body-timeout.ts'
import { callerKey } from './limits.ts'

const KIB = 1024
const MIB = 1024 * KIB
/** Memory of all decompressors. */
const MAX_WINDOW_BYTES = 256 * MIB
const MAX_WINDOW_BYTES_OF_CALLER = 128 * MIB
/** A stream may decompress to this size, or to so many times its compressed size if that is more. */
const MAX_STREAM_BYTES = 4 * MIB
const MAX_STREAM_RATIO = 100

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Bodies may be compressed. */
    decompressed?: true
  }
}

interface Coding {
  create(): Transform
  /** Memory that a decompressor may need, in bytes. */
  window: number
}

// Not zstd: Node takes a truncated body for a complete one (nodejs/node#64592), and drops all frames but the first (#64741).
const GZIP = { create: () => createGunzip(), window: 64 * KIB }
const BROTLI = { create: () => createBrotliDecompress(), window: 16 * MIB }
const CODINGS = new Map<string, Coding>([
  ['gzip', GZIP],
  ['x-gzip', GZIP],
  ['br', BROTLI],
])
const ACCEPTED = 'gzip, br'

/**
 * Decompresses bodies (RFC 9110, 8.4) on routes that accept it. Rejects compressed ones on all others: they would be parsed as if they
 * were not, with errors that mislead. The size of a body and the memory of all decompressors are bounded.
 */
export function registerContentCoding(app: App): void {
  const budget = new MemoryBudget(MAX_WINDOW_BYTES, MAX_WINDOW_BYTES_OF_CALLER)
  app.addHook('preParsing', (request, reply, payload, done) => {
    const name = request.headers['content-encoding']?.trim().toLowerCase() ?? ''
    if (name === '' || name === 'identity') return done(null, payload)
    const coding = request.routeOptions.config.decompressed && CODINGS.get(name)
    if (!coding) return done(unsupported(name, request))
    const limit = isStreamed(request) ? undefined : request.routeOptions.bodyLimit
    const release = budget.reserve(callerKey(request), Math.min(coding.window, limit ?? coding.window))
    if (!release) return done(tooManyAtOnce())
    releaseAtEnd(reply, release)
    return done(null, decompressed(request.raw, coding, limit))
  })
}

function unsupported(name: string, { routeOptions }: FastifyRequest): Problem {
  const accepted = routeOptions.config.decompressed ? ACCEPTED : 'identity'
  return new Problem('unsupported_media_type', {
    detail: `Content-Encoding ${name.slice(0, 40)} is not supported: the body may have ${accepted}`,
    headers: { 'accept-encoding': accepted },
  })
}

function tooManyAtOnce(): Problem {
  const detail = 'too many compressed bodies arrive at the same time'
  return new Problem('unavailable', { detail, headers: { 'retry-after': '1' } })
}

function releaseAtEnd({ raw }: FastifyReply, release: () => void): void {
  if (raw.destroyed) release()
  else raw.once('close', release)
}

/** A decompressed body. Fastify compares its `receivedEncodedLength` with Content-Length. */
type Decompressed = Readable & { receivedEncodedLength?: number }

/**
 * Decompresses a body as it is read.
 * @param limit of its size in bytes; by default that of a stream
 */
function decompressed(body: IncomingMessage, { create }: Coding, limit?: number): Decompressed {
  let received = 0
  const decompressor = create()
  // Not pipeline(), which would destroy the request, so that it could not be answered.
  body.on('data', chunk => {
    received += chunk.length
  })
  body.on('error', error => decompressor.destroy(error)).pipe(decompressor)
  const chunks: Decompressed = Readable.from(bounded(), { objectMode: false })
  return Object.defineProperty(chunks, 'receivedEncodedLength', { get: () => received })

  async function* bounded(): AsyncGenerator<Buffer> {
    let length = 0
    try {
      for await (const chunk of decompressor) {
        length += chunk.length
        if (length > (limit ?? Math.max(MAX_STREAM_BYTES, MAX_STREAM_RATIO * received))) throw tooLarge(limit)
        yield chunk
      }
    } catch (error) {
      // The body itself fails when its connection closes, or when it does not arrive in time.
      throw error instanceof Problem || body.errored ? error : damaged(error as Error)
    }
  }
}

/** The rest of the body is not read, so the connection must close. */
function tooLarge(limit?: number): Problem {
  const bound = limit === undefined ? `${MAX_STREAM_RATIO} times its compressed size` : `${limit} bytes`
  return new Problem('payload_too_large', {
    detail: `the body decompresses to more than ${bound}`,
    headers: { connection: 'close' },
  })
}

function damaged(cause: Error): Problem {
  return new Problem('invalid_request', {
    detail: `the body can not be decompressed: ${cause.message}`,
    headers: { connection: 'close' },
    cause,
  })
}
