import { type Clock, instant } from '../../src/events/log/clock.ts'

/** A clock that stands still until a test puts it forward. */
export interface TestClock {
  now: Clock
  /** Puts the clock forward by a time in ms. */
  passes(time: number): void
}

/** All parts that judge the age of the same marks need the same clock. */
export function aClock(): TestClock {
  const start = instant()
  let passed = 0
  return {
    now: operation => ({
      ...(operation === undefined ? {} : { operation }),
      monotonic: start.monotonic + passed,
      wall: start.wall + passed,
    }),
    passes: time => {
      passed += time
    },
  }
}
