import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../../errors.ts'
import { isFresh, isRangeCurrent, isUnchanged, type Version } from '../../http/conditions.ts'
import { type ByteRange, parseRange } from './byte-range.ts'

/** A file to send. */
export interface SendableFile {
  /** Opens the bytes from `start` (inclusive) to `end` (exclusive). @throws Problem `not_found` when they no longer exist */
  open(start: number, end: number): Promise<Readable>
  bytes: number
  sha256: string
  mediaType: string
  fileName: string
  /** Time of the last change. */
  changed: Date
}

/** How a file is sent. */
export interface Delivery {
  /** Whether a browser saves the file instead of showing it. */
  isDownload: boolean
  cacheControl: string
}

/**
 * Answers with a file, a range of it (206), or that it has not changed (304).
 * @throws Problem `precondition_failed`, `range_not_satisfiable`; `not_found` when the file no longer exists; `unavailable` when too many
 *   answers are open
 */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: SendableFile,
  delivery: Delivery,
): Promise<FastifyReply> {
  const version = { etag: tagOf(file), changed: file.changed }
  if (!isUnchanged(request.headers, version))
    throw new Problem('precondition_failed', { detail: 'the file is not the one that the request names' })
  const fresh = isFresh(request.headers, version)
  const range = fresh ? undefined : requestedRange(request, version, file.bytes)
  if (range === null) {
    throw new Problem('range_not_satisfiable', {
      detail: `the file has ${file.bytes} bytes`,
      headers: { 'content-range': `bytes */${file.bytes}` },
    })
  }
  const { start, end } = range ?? { start: 0, end: file.bytes }
  // Opened before the headers are set: a problem must not have those of the file.
  const bytes = fresh || request.method === 'HEAD' ? undefined : await open(file, start, end, reply)
  reply.headers(headersOf(file, delivery))
  if (fresh) return reply.code(304).send()
  if (range) reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${file.bytes}`)
  return reply
    .type(file.mediaType)
    .header('content-length', end - start)
    .send(bytes)
}

function open(file: SendableFile, start: number, end: number, reply: FastifyReply): Promise<Readable> {
  reply.reserveStream(end - start)
  return file.open(start, end)
}

function headersOf(file: SendableFile, { isDownload, cacheControl }: Delivery) {
  return {
    etag: tagOf(file),
    'last-modified': file.changed.toUTCString(),
    'accept-ranges': 'bytes',
    'cache-control': cacheControl,
    'content-disposition': contentDisposition(isDownload ? 'attachment' : 'inline', file.fileName),
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
  }
}

function tagOf({ sha256 }: SendableFile): string {
  return `"${sha256}"`
}

/** Returns the requested range as `parseRange` does; undefined for other methods than GET, and when If-Range names another version. */
function requestedRange(
  { method, headers }: FastifyRequest,
  version: Version,
  size: number,
): ByteRange | null | undefined {
  return method === 'GET' && isRangeCurrent(headers, version) ? parseRange(headers.range, size) : undefined
}

/** Returns Content-Disposition (RFC 6266) with the file name in ASCII and percent-encoded in full. */
function contentDisposition(type: 'inline' | 'attachment', fileName: string): string {
  if (fileName === '') return type
  const plain = fileName.replace(/[^A-Za-z0-9._ -]/g, '_')
  const encoded = encodeURIComponent(fileName.replace(/[\ud800-\udfff]/gu, '_')).replace(/['()*]/g, encodeHex)
  return `${type}; filename="${plain}"; filename*=UTF-8''${encoded}`
}

function encodeHex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
