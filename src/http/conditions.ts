import type { IncomingHttpHeaders } from 'node:http'

/** Current version of a resource: its entity tag, quotes included, and the time of its last change. */
export interface Version {
  etag: string
  changed?: Date
}

/** Whether the client has this version already (RFC 9110, 13.2.2). If-None-Match takes precedence over If-Modified-Since. */
export function isFresh(headers: IncomingHttpHeaders, { etag, changed }: Version): boolean {
  const tags = headers['if-none-match']
  if (tags !== undefined)
    return tags.trim() === '*' || tags.split(',').some(tag => tag.trim().replace(/^W\//, '') === etag)
  const since = headers['if-modified-since']
  return since !== undefined && changed !== undefined && seconds(changed) <= seconds(new Date(since))
}

/** Whether this version is the one that the request requires. If-Match takes precedence over If-Unmodified-Since. */
export function isUnchanged(headers: IncomingHttpHeaders, { etag, changed }: Required<Version>): boolean {
  if (headers['if-match'] !== undefined) return matchedTags(headers)?.includes(etag) ?? true
  const since = new Date(headers['if-unmodified-since'] ?? '')
  return Number.isNaN(since.getTime()) || seconds(changed) <= seconds(since)
}

/** Whether If-Range (RFC 9110, 13.1.5) names this version, so that a range may be sent. */
export function isRangeCurrent(headers: IncomingHttpHeaders, { etag, changed }: Version): boolean {
  const condition = headers['if-range']
  if (typeof condition !== 'string') return true
  if (condition.startsWith('"')) return condition === etag
  return changed !== undefined && seconds(new Date(condition)) === seconds(changed)
}

/** Returns the strong tags of If-Match, since weak ones never match; undefined when any version matches. */
export function matchedTags({ 'if-match': header }: IncomingHttpHeaders): string[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  return header
    .split(',')
    .map(tag => tag.trim())
    .filter(tag => tag.startsWith('"'))
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
