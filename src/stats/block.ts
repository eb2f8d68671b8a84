import { EVENT_TYPES, type EventType } from '../events/event.ts'
import type { Counts, Sum } from '../rollups/aggregation/sum.ts'
import type { PeopleCount } from '../rollups/sketches/people.ts'

/** The numbers of a range of time, as in the answer; parts without data are null. */
export interface Block {
  counts: Record<EventType, number>
  people: PeopleCount
  dwell: { totalMs: number; meanMs: number; p50Ms: number; p90Ms: number; p99Ms: number } | null
  scroll: Quantiles | null
  zoom: Quantiles | null
  rating: { mean: number; histogram: number[] } | null
  ctr: number | null
}

export interface Quantiles {
  p50: number
  p90: number
}

/** Prior of a smoothed share: pseudo-counts that are added to hits and tries (additive smoothing). */
interface Prior {
  hits: number
  tries: number
}
const CLICKS: Prior = { hits: 1, tries: 20 }
const LIKES: Prior = { hits: 5, tries: 10 }
/** Equivalent to five ratings of 3. */
const RATINGS = { stars: 15, count: 5 }

/** The priors, for pipelines that smooth in the database. */
export const PRIORS = { CLICKS, LIKES, RATINGS }

/** Returns the numbers of a sum. */
export function blockOf(sum: Sum): Block {
  return {
    counts: allCounts(sum.counts),
    people: sum.people.count(),
    dwell: dwellOf(sum),
    scroll: quantilesOf(sum.scroll),
    zoom: quantilesOf(sum.zoom),
    rating: ratingOf(sum.rating),
    ctr: clickRate(sum.counts),
  }
}

/** Returns the counts of all types, with zeros. */
export function allCounts(counts: Counts): Record<EventType, number> {
  return Object.fromEntries(EVENT_TYPES.map(type => [type, counts[type] ?? 0])) as Record<EventType, number>
}

/** Returns the click-through rate, smoothed, at most 1; null without impressions. */
export function clickRate({ click = 0, impression = 0 }: Counts): number | null {
  return impression === 0 ? null : Math.min(1, smoothed(click, impression, CLICKS))
}

/** Returns the share of likes among likes and dislikes, smoothed; null without any. */
export function likeRatio({ likes, dislikes }: { likes: number; dislikes: number }): number | null {
  return likes + dislikes === 0 ? null : smoothed(likes, likes + dislikes, LIKES)
}

/** Returns the mean rating, smoothed, for rankings; null without ratings. */
export function smoothedRating(histogram: number[]): number | null {
  const { count, stars } = ratingsIn(histogram)
  return count === 0 ? null : (stars + RATINGS.stars) / (count + RATINGS.count)
}

/** Returns the number of ratings in a histogram, and their sum. */
export function ratingsIn(histogram: number[]): { count: number; stars: number } {
  const count = histogram.reduce((sum, n) => sum + n, 0)
  const stars = histogram.reduce((sum, n, i) => sum + n * (i + 1), 0)
  return { count, stars }
}

function smoothed(hits: number, tries: number, prior: Prior): number {
  return (hits + prior.hits) / (tries + prior.tries)
}

function ratingOf(histogram: number[]): Block['rating'] {
  const { count, stars } = ratingsIn(histogram)
  return count === 0 ? null : { mean: stars / count, histogram }
}

function dwellOf({ dwell, totalMs }: Sum): Block['dwell'] {
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map(share => dwell.quantile(share))
  if (p50 == null || p90 == null || p99 == null) return null
  const meanMs = Math.round(totalMs / dwell.size)
  return { totalMs, meanMs, p50Ms: Math.round(p50), p90Ms: Math.round(p90), p99Ms: Math.round(p99) }
}

function quantilesOf(distribution: Sum['scroll']): Quantiles | null {
  const [p50, p90] = [0.5, 0.9].map(share => distribution.quantile(share))
  if (p50 == null || p90 == null) return null
  return { p50: Number(p50.toPrecision(6)), p90: Number(p90.toPrecision(6)) }
}
