/** A moment of this process by its two clocks and, where a reply carried it, by the database's (seconds). */
export interface Instant {
  monotonic: number
  wall: number
  operation?: number
}

/** Now. Only the difference of two instants of one process means anything. */
export function instant(operation?: number): Instant {
  const moment = { monotonic: performance.now(), wall: Date.now() }
  return operation === undefined ? moment : { ...moment, operation }
}

/** The most that can have passed, in ms: a machine that was suspended, or a clock that stood, must not hide it. */
export function longestBetween(from: Instant, to: Instant): number {
  const operations =
    from.operation !== undefined && to.operation !== undefined ? (to.operation - from.operation + 1) * 1000 : 0
  return Math.max(to.monotonic - from.monotonic, to.wall - from.wall, operations)
}

/** The least that has surely passed, in ms. */
export function shortestBetween(from: Instant, to: Instant): number {
  return Math.min(to.monotonic - from.monotonic, to.wall - from.wall)
}
