import type { EventType } from '../events/event.ts'
import type { CurrentCounts } from '../feedback/current.ts'

/** How often each type happened; a type that did not is left out. */
export type Counts = Partial<Record<EventType, number>>

/** What a bucket comes to. Summing is all there is: any order and any split give the same. */
export interface Parts {
  counts: Counts
  /** Of the grain `current` alone. */
  current?: CurrentCounts
}

export function nothing(): Parts {
  return { counts: {} }
}

/** Takes the sum of a shorter stretch, or of another image, in. */
export function addParts(parts: Parts, other: Parts): void {
  for (const [type, count] of Object.entries(other.counts) as [EventType, number][]) {
    parts.counts[type] = (parts.counts[type] ?? 0) + count
  }
}

/** How many events it stands for. */
export function eventsIn({ counts }: Parts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
