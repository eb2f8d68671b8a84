/** A moment on this process's monotonic and wall clocks, in ms, and the `operationTime` of a reply, in seconds, if there was one. */
export interface Instant {
  monotonic: number
  wall: number
  operation?: number
}

/** Returns the present. Only differences between instants of the same process are meaningful. */
export function instant(operation?: number): Instant {
  const moment = { monotonic: performance.now(), wall: Date.now() }
  return operation === undefined ? moment : { ...moment, operation }
}

/** How a part learns the present: by `instant`, or by the clock of a test. */
export type Clock = typeof instant

/** Returns the longest time that may have passed, in ms, also when the machine was suspended or a clock was set. */
export function longestBetween(from: Instant, to: Instant): number {
  const operations =
    from.operation !== undefined && to.operation !== undefined ? (to.operation - from.operation + 1) * 1000 : 0
  return Math.max(to.monotonic - from.monotonic, to.wall - from.wall, operations)
}

/** Returns the shortest time that may have passed, in ms. */
export function shortestBetween(from: Instant, to: Instant): number {
  return Math.min(to.monotonic - from.monotonic, to.wall - from.wall)
}
