import { EVENT_TYPES, type EventType } from '../../events/event.ts'
import { type Bucket, bucketKey } from '../../events/marks/buckets.ts'
import type { CurrentCounts } from '../../feedback/current-counts.ts'
import { Distribution } from '../sketches/distribution.ts'
import { People } from '../sketches/people.ts'
import { PeopleBitmap } from '../sketches/people-bitmap.ts'

/** Number of events by type; types without events are left out. */
export type Counts = Partial<Record<EventType, number>>

/** The content of a roll-up as it is stored. Empty parts are left out; the bytes are those of the sketches. */
export interface SumParts {
  counts: Counts
  people?: Uint8Array
  dwell?: { bins: Uint8Array; totalMs: number }
  scroll?: Uint8Array
  zoom?: Uint8Array
  /** Number of ratings of 1, 2, 3, 4 and 5. */
  rating?: number[]
  countries?: Record<string, Counts>
  /** How many people there are at least in each country; missing in sums of earlier versions. */
  countryPeople?: Record<string, Uint8Array>
  /** Only in the grain `current`. */
  current?: CurrentCounts
}

/** Events of one type and, if known, one country. */
export interface EventGroup {
  type: EventType
  country?: string
  count: number
  people: bigint[]
  /** Measures: the ms of a dwell, the depth of a scroll, the scale of a zoom, the value of a rating. */
  values: number[]
}

const DWELL = { smallest: 1, largest: 86_400_000 }
const DEPTH = { smallest: 0.001, largest: 1 }
const ZOOM = { smallest: 0.01, largest: 100 }

/** Accumulates events and other sums. Summing is commutative and associative: equal events give equal parts in any order. */
export class Sum {
  readonly counts: Counts = {}
  readonly people = new People()
  readonly dwell = new Distribution(DWELL)
  readonly scroll = new Distribution(DEPTH)
  readonly zoom = new Distribution(ZOOM)
  readonly rating = [0, 0, 0, 0, 0]
  readonly countries = new Map<string, Counts>()
  readonly countryPeople = new Map<string, PeopleBitmap>()
  totalMs = 0

  /** @param parts what the sum begins with; nothing by default */
  constructor(parts?: SumParts) {
    if (parts) this.add(parts)
  }

  /** Adds events. */
  addEvents({ type, country, count, people, values }: EventGroup): void {
    addCounts(this.counts, { [type]: count })
    if (country !== undefined) {
      this.#addCountry(country, { [type]: count })
      for (const person of people) this.#peopleIn(country).add(person)
    }
    for (const person of people) this.people.add(person)
    for (const value of values) this.#measure(type, value)
  }

  /** Adds the sum of a shorter grain or of another image. */
  add(parts: SumParts): void {
    if (parts.people) this.people.merge(parts.people)
    for (const [country, bytes] of Object.entries(parts.countryPeople ?? {})) this.#peopleIn(country).merge(bytes)
    this.#change(parts, 1)
  }

  /** Removes a sum that was added before; nothing falls below zero. People stay, since a set can not tell how often they were added. */
  subtract(parts: SumParts): void {
    this.#change(parts, -1)
  }

  /** Returns the sum in the form in which it is stored. */
  parts(): SumParts {
    const { people, dwell, scroll, zoom, rating, countries } = this
    const parts: SumParts = { counts: inOrder(this.counts) }
    if (people.count().value > 0) parts.people = people.bytes()
    if (dwell.size > 0) parts.dwell = { bins: dwell.bytes(), totalMs: this.totalMs }
    if (scroll.size > 0) parts.scroll = scroll.bytes()
    if (zoom.size > 0) parts.zoom = zoom.bytes()
    if (rating.some(count => count > 0)) parts.rating = rating
    if (countries.size > 0) {
      const sorted = [...countries].sort(([a], [b]) => (a < b ? -1 : 1))
      parts.countries = Object.fromEntries(sorted.map(([country, counts]) => [country, inOrder(counts)]))
      const people = sorted.flatMap(([country]) => {
        const bitmap = this.countryPeople.get(country)
        return bitmap ? [[country, bitmap.bytes()] as const] : []
      })
      if (people.length > 0) parts.countryPeople = Object.fromEntries(people)
    }
    return parts
  }

  #change({ counts, dwell, scroll, zoom, rating, countries }: SumParts, sign: 1 | -1): void {
    addCounts(this.counts, counts, sign)
    if (dwell) this.dwell.merge(dwell.bins, sign)
    if (scroll) this.scroll.merge(scroll, sign)
    if (zoom) this.zoom.merge(zoom, sign)
    this.totalMs = Math.max(0, this.totalMs + sign * (dwell?.totalMs ?? 0))
    for (const [i, count] of (rating ?? []).entries())
      this.rating[i] = Math.max(0, (this.rating[i] ?? 0) + sign * count)
    for (const [country, counts] of Object.entries(countries ?? {})) this.#addCountry(country, counts, sign)
  }

  #addCountry(country: string, counts: Counts, sign: 1 | -1 = 1): void {
    const existing = this.countries.get(country) ?? {}
    addCounts(existing, counts, sign)
    if (eventsIn({ counts: existing }) > 0) this.countries.set(country, existing)
    else this.countries.delete(country)
  }

  #peopleIn(country: string): PeopleBitmap {
    const existing = this.countryPeople.get(country) ?? new PeopleBitmap()
    this.countryPeople.set(country, existing)
    return existing
  }

  #measure(type: EventType, value: number): void {
    if (type === 'rating') this.rating[value - 1] = (this.rating[value - 1] ?? 0) + 1
    if (type === 'dwell') this.totalMs += value
    if (type === 'dwell' || type === 'scroll' || type === 'zoom') this[type].add(value)
  }
}

/** Returns the sum of sums. */
export function sumOf(all: SumParts[]): SumParts {
  const sum = new Sum()
  for (const parts of all) sum.add(parts)
  return sum.parts()
}

/** Creates an empty sum for each bucket, by bucket key. */
export function emptySums(buckets: Bucket[]): Map<string, Sum> {
  return new Map(buckets.map(bucket => [bucketKey(bucket), new Sum()]))
}

/** Returns the number of events of all types. */
export function eventsIn({ counts }: { counts: Counts }): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function addCounts(to: Counts, counts: Counts, sign: 1 | -1 = 1): void {
  for (const [type, count] of Object.entries(counts) as [EventType, number][])
    to[type] = Math.max(0, (to[type] ?? 0) + sign * count)
}

function inOrder(counts: Counts): Counts {
  return Object.fromEntries(EVENT_TYPES.flatMap(type => (counts[type] ? [[type, counts[type]]] : [])))
}
