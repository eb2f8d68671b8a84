/** Returns a quantile of the values, the median by default. @param share from 0 to 1 */
export function quantile(values: number[], share = 0.5): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
