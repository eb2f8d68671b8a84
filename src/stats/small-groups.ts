/** Groups of people whose numbers may be shown one by one, and those that are to be shown as one. */
interface Divided<Group> {
  shown: Group[]
  combined: Group[]
}

/**
 * Divides groups by their number of people. Combined are those with fewer than `minPeople` and, with them, the smallest of the others:
 * without it, the numbers of a single small group would be those that are missing from the totals.
 * @param groups by descending number of people
 */
export function divideSmall<Group extends { people: number }>(groups: Group[], minPeople: number): Divided<Group> {
  const firstSmall = groups.findIndex(({ people }) => people < minPeople)
  if (firstSmall < 0) return { shown: groups, combined: [] }
  const shownCount = Math.max(0, firstSmall - 1)
  return { shown: groups.slice(0, shownCount), combined: groups.slice(shownCount) }
}
