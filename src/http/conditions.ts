import type { IncomingHttpHeaders } from 'node:http'

/** What stands now: its entity tag, quotes included, and since when. */
export interface Version {
  etag: string
  changed?: Date
}

/** Whether the caller has it already (RFC 9110, 13.2.2): If-None-Match decides alone where it stands. */
export function isFresh(headers: IncomingHttpHeaders, { etag, changed }: Version): boolean {
  const tags = headers['if-none-match']
  if (tags !== undefined)
    return tags.trim() === '*' || tags.split(',').some(tag => tag.trim().replace(/^W\//, '') === etag)
  const since = headers['if-modified-since']
  return since !== undefined && changed !== undefined && seconds(changed) <= seconds(new Date(since))
}

/** Whether a range of the version that the caller has is a range of this one. */
export function isRangeCurrent(headers: IncomingHttpHeaders, { etag, changed }: Version): boolean {
  const condition = headers['if-range']
  if (typeof condition !== 'string') return true
  if (condition.startsWith('"')) return condition === etag
  return changed !== undefined && seconds(new Date(condition)) === seconds(changed)
}

/** The tags of an If-Match header that can match at all (weak ones never do); undefined is any. */
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
