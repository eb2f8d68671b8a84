import type { EventType } from '../events/event.ts'

/** How often each type happened; a type that did not is left out. */
export type Counts = Partial<Record<EventType, number>>

/** What a stretch of time comes to. Summing is all there is: any order and any split give the same. */
export interface Parts {
  counts: Counts
}

export function nothing(): Parts {
  return { counts: {} }
}

/** Takes one event in. */
export function addEvent(parts: Parts, event: { type: EventType }): void {
  parts.counts[event.type] = (parts.counts[event.type] ?? 0) + 1
}

/** Takes the sum of a shorter stretch, or of another image, in. */
export function addParts(parts: Parts, other: Parts): void {
  for (const [type, count] of Object.entries(other.counts) as [EventType, number][]) {
    parts.counts[type] = (parts.counts[type] ?? 0) + count
  }
}
