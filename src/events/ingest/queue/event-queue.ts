import type { Entry } from '../flush.ts'

/** How many events a lane may take before the next lane has its turn. */
const QUANTUM = 100

/** Numbers of events and bytes. */
export interface Load {
  events: number
  bytes: number
}

/** Entries that wait together: those of one request, or of one batch of a stream. */
export interface Group {
  /** Groups of one lane are served in the order of arrival, lanes in turn. */
  lane: string
  entries: Entry[]
  /** Number of entries that a flush has taken. */
  taken: number
  /** The entries that are left are not to be taken any more. */
  cancelled: boolean
}

/** Successive entries of a group, from index `from`. */
export interface Part<Of extends Group> {
  group: Of
  from: number
  entries: Entry[]
}

interface Lane<Of extends Group> {
  groups: Set<Of>
  /** How many events it may take before the next lane has its turn. */
  credit: number
}

/**
 * A queue that serves its lanes in turn, by numbers of events (deficit round robin): a lane with a million events does not delay
 * those with a few. A group that has begun is finished first, so that few requests are half done at any time.
 */
export class EventQueue<Of extends Group> {
  readonly #lanes = new Map<string, Lane<Of>>()
  /** The group of which a flush has taken a part. */
  #begun: Of | undefined
  #waiting = 0

  /** Number of events in the queue. */
  get waiting(): number {
    return this.#waiting
  }

  add(group: Of): void {
    const lane = this.#lanes.get(group.lane) ?? { groups: new Set<Of>(), credit: QUANTUM }
    lane.groups.add(group)
    this.#lanes.set(group.lane, lane)
    this.#waiting += left(group)
  }

  /**
   * Takes the next entries, at most `most`, but at least one. Cuts a group that does not fit.
   * @param isWhole whether the first group is taken as a whole, however many events it has
   */
  take(most: Load, isWhole = false): Part<Of>[] {
    const parts: Part<Of>[] = []
    const room = { ...most }
    for (let group = this.#next(); group; group = this.#next()) {
      if (isWhole && parts.length === 0) room.events = Math.max(room.events, left(group))
      const part = cut(group, room, parts.length === 0)
      this.#waiting -= part.entries.length
      if (part.entries.length > 0) parts.push(part)
      if (left(group) === 0) continue
      this.#begun = group
      break
    }
    return parts
  }

  /** Removes what is left of a group. @returns the removed entries */
  cancel(group: Of): Entry[] {
    if (group.cancelled) return []
    group.cancelled = true
    const removed = group.entries.slice(group.taken)
    this.#lanes.get(group.lane)?.groups.delete(group)
    this.#waiting -= removed.length
    return removed
  }

  /** Returns the groups in the order in which they are served. */
  inOrder(): Of[] {
    const order: Of[] = []
    for (let group = this.#next(); group; group = this.#next()) order.push(group)
    this.#waiting = 0
    for (const group of order) this.add(group)
    return order
  }

  /** Removes and returns the next group. */
  #next(): Of | undefined {
    const begun = this.#begun
    this.#begun = undefined
    if (begun && !begun.cancelled) return begun
    for (;;) {
      const [first] = this.#lanes
      if (!first) return undefined
      const [name, lane] = first
      const [group] = lane.groups
      if (group && left(group) <= lane.credit) {
        lane.credit -= left(group)
        lane.groups.delete(group)
        return group
      }
      this.#lanes.delete(name)
      if (!group) continue
      lane.credit += QUANTUM
      this.#lanes.set(name, lane)
    }
  }
}

function left({ entries, taken }: Group): number {
  return entries.length - taken
}

/** Takes entries of a group as long as there is room, which it reduces. @param always whether to take one in any case */
function cut<Of extends Group>(group: Of, room: Load, always: boolean): Part<Of> {
  const from = group.taken
  for (let next = group.entries[from]; next; next = group.entries[group.taken]) {
    const fits = room.events > 0 && next.bytes <= room.bytes
    if (!fits && !(always && group.taken === from)) break
    group.taken++
    room.events--
    room.bytes -= next.bytes
  }
  return { group, from, entries: group.entries.slice(from, group.taken) }
}
