/** Returns what a figure is compared to; undefined unless both numbers are known. */
export function compared(
  now: number | null | undefined,
  before: number | null | undefined,
  format?: (value: number) => string,
) {
  if (now == null || before == null) return undefined
  return { now, before, ...(format && { format }) }
}
