/** Bytes from `start` up to and without `end`. */
export interface ByteRange {
  start: number
  end: number
}

/**
 * What a Range header asks for of `size` bytes (RFC 9110, 14.1.2): one range; what is not understood, or several, is the
 * whole (undefined); null can not be satisfied.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | null | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  const [, first = '', last = ''] = match ?? []
  if (!match || (first === '' && last === '')) return undefined
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? null : { start: size - length, end: size }
  }
  const start = Number(first)
  if (last !== '' && Number(last) < start) return undefined
  if (start >= size) return null
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) }
}
