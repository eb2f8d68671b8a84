import type { FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../errors.ts'
import type { Blobs } from './blobs.ts'
import type { Image } from './image.ts'
import { parseRange } from './range.ts'

/** Answers with the stored bytes, or as many of them as were asked for, or with the word that they have not changed. */
export function deliver(request: FastifyRequest, reply: FastifyReply, image: Image, blobs: Blobs): FastifyReply {
  const etag = `"${image.sha256}"`
  reply.headers({
    etag,
    'last-modified': image.uploadedAt.toUTCString(),
    'accept-ranges': 'bytes',
    'cache-control': image.visibility === 'public' ? 'public, max-age=3600' : 'private, no-cache',
    'content-disposition': contentDisposition(image.fileName),
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
  })
  if (isFresh(request, etag, image.uploadedAt)) return reply.code(304).send()
  const whole = { start: 0, end: image.bytes }
  const asked = isRangeCurrent(request, etag, image.uploadedAt)
    ? parseRange(request.headers.range, image.bytes)
    : undefined
  if (asked === null) {
    throw new Problem('range_not_satisfiable', { headers: { 'content-range': `bytes */${image.bytes}` } })
  }
  const { start, end } = asked ?? whole
  if (asked) reply.code(206).header('content-range', `bytes ${start}-${end - 1}/${image.bytes}`)
  reply.type(image.mediaType).header('content-length', end - start)
  return reply.send(request.method === 'HEAD' ? undefined : blobs.read(image.blobId, start, end))
}

/** RFC 9110, 13.2.2: If-None-Match decides alone where it stands, else If-Modified-Since. */
function isFresh({ headers }: FastifyRequest, etag: string, changed: Date): boolean {
  const tags = headers['if-none-match']
  if (tags !== undefined)
    return tags.trim() === '*' || tags.split(',').some(tag => tag.trim().replace(/^W\//, '') === etag)
  const since = headers['if-modified-since']
  return since !== undefined && seconds(changed) <= seconds(new Date(since))
}

/** A range of another version is no range of this one. */
function isRangeCurrent({ headers }: FastifyRequest, etag: string, changed: Date): boolean {
  const condition = headers['if-range']
  if (typeof condition !== 'string') return true
  return condition.startsWith('"') ? condition === etag : seconds(new Date(condition)) === seconds(changed)
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}

/** A file name that no header is broken by (RFC 6266): plain letters, and the whole of it percent-encoded beside. */
function contentDisposition(fileName: string): string {
  if (fileName === '') return 'inline'
  const plain = fileName.replace(/[^A-Za-z0-9._ -]/g, '_')
  const encoded = encodeURIComponent(fileName.replace(/[\ud800-\udfff]/gu, '_')).replace(/['()*]/g, encodeHex)
  return `inline; filename="${plain}"; filename*=UTF-8''${encoded}`
}

function encodeHex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
