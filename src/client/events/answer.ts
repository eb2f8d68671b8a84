import type { EventsAnswer, Rejected, Warned } from '../types.ts'

/** How many rejected events, and warnings, an answer lists; the numbers are of all. */
const MAX_LISTED = 1_000

export function noEvents(): EventsAnswer {
  return { accepted: 0, rejectedCount: 0, rejected: [], warnings: [], duplicates: 0 }
}

/** Adds the answer to a part of events to that to all of them. @param first the index of the part's first event among all */
export function addAnswer(all: EventsAnswer, part: EventsAnswer, first: number): void {
  all.accepted += part.accepted
  all.rejectedCount += part.rejectedCount
  all.duplicates += part.duplicates
  all.rejected = listed<Rejected>(all.rejected, part.rejected, first)
  all.warnings = listed<Warned>(all.warnings, part.warnings, first)
}

function listed<Item extends { index: number }>(all: Item[], part: Item[], first: number): Item[] {
  const moved = part.map(item => ({ ...item, index: item.index + first }))
  return [...all, ...moved].sort((a, b) => a.index - b.index).slice(0, MAX_LISTED)
}
