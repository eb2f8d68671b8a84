/** Number of steps of the colour of a map. */
export const STEPS = 5
/** Each step begins at this multiple of the one below: numbers of countries differ by orders of magnitude. */
const RATIO = 3

/** Returns the step of a number, from 1 to 5 for the largest; 0 when there is nothing. */
export function stepOf(value: number, most: number): number {
  if (value <= 0) return 0
  return startsOf(most).findLastIndex(start => value >= start) + 1
}

/** Returns the least number of each step. */
export function startsOf(most: number): number[] {
  return Array.from({ length: STEPS }, (_, step) => (step === 0 ? 1 : most / RATIO ** (STEPS - step)))
}
