/**
 * Moves positions apart so that labels there do not overlap, as little as possible and within a room.
 * @param positions where the labels belong, in any order
 * @param gap the least distance between two
 * @param end the largest position
 * @returns where they stand, in the order of the positions
 */
export function spread(positions: readonly number[], gap: number, end: number): number[] {
  const order = positions.map((_, index) => index).sort((a, b) => (positions[a] ?? 0) - (positions[b] ?? 0))
  const placed: number[] = []
  let least = 0
  for (const index of order) {
    const position = Math.max(positions[index] ?? 0, least)
    placed[index] = position
    least = position + gap
  }
  let most = end
  for (const index of order.toReversed()) {
    const position = Math.min(placed[index] ?? 0, most)
    placed[index] = position
    most = position - gap
  }
  return placed
}
