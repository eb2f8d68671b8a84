let last = 0

/**
 * Reserves numbers for items in the order in which they arrived. They are microseconds since 1970, and higher than all that were
 * reserved in this process before: items of a later request have higher ones, also within a millisecond.
 * @returns the first of `count` consecutive numbers
 */
export function reserveArrivals(count: number): number {
  const first = Math.max(last + 1, Date.now() * 1000)
  last = first + count - 1
  return first
}
