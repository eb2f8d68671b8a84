import { type Static, type TInteger, Type } from '@fastify/type-provider-typebox'
import { EVENT_TYPES, type EventType } from '../events/event.ts'
import { oneOf, orNull, strict, Time } from '../http/schemas.ts'
import type { Interval } from './calendar/intervals.ts'
import { Tz } from './calendar/time-zone.ts'
import { MinPeople } from './countries.ts'
import type { Stats } from './read-stats.ts'

const share = (description: string) => orNull(Type.Number({ minimum: 0, maximum: 1, description }))

const types = Object.fromEntries(EVENT_TYPES.map(type => [type, Type.Integer()])) as Record<EventType, TInteger>
const Counts = Type.Object(types, { description: 'Number of events by type; exact' })
const Quantiles = orNull(Type.Object({ p50: Type.Number(), p90: Type.Number() }, { description: 'within 1 %' }))

/** The properties of a block of numbers. */
export const block = {
  counts: Counts,
  people: Type.Object(
    {
      value: Type.Integer(),
      exact: Type.Boolean(),
      error: Type.Number({ description: 'relative error of the estimate (95 % confidence); 0 when exact' }),
    },
    { description: 'Number of distinct people: exact up to 256, estimated above' },
  ),
  dwell: orNull(
    Type.Object(
      {
        totalMs: Type.Integer(),
        meanMs: Type.Integer(),
        p50Ms: Type.Integer(),
        p90Ms: Type.Integer(),
        p99Ms: Type.Integer(),
      },
      { description: 'Dwell time: total and mean are exact, quantiles within 1 %; in milliseconds' },
    ),
  ),
  scroll: Quantiles,
  zoom: Quantiles,
  rating: orNull(
    Type.Object(
      {
        mean: Type.Number(),
        histogram: Type.Array(Type.Integer(), { description: 'number of ratings of 1, 2, 3, 4 and 5' }),
      },
      { description: 'Ratings given in this time; exact' },
    ),
  ),
  ctr: share('Click-through rate, smoothed: (clicks + 1) / (impressions + 20), at most 1'),
}

/** The properties of all stats. */
export const statsProperties = {
  from: orNull(Time),
  to: orNull(Time),
  asOf: orNull(Time),
  settledTo: Type.String({
    format: 'date-time',
    description: 'All events acknowledged before the answer, with a time before this one, are counted exactly once',
  }),
  totals: Type.Object(block),
  tz: Type.Optional(Type.String({ description: 'as it was requested' })),
  series: Type.Array(
    Type.Object({
      start: Time,
      localStart: Type.Optional(
        Type.String({
          format: 'date-time',
          description:
            'The same time by the clocks of `tz`, with their offset; only with `tz`. Where clocks are turned back, it is what tells two equal hours apart',
        }),
      ),
      ...block,
    }),
  ),
  countries: Type.Array(
    Type.Object({
      country: Type.String({ description: 'ISO 3166-1 alpha-2; other for the combined countries' }),
      counts: Counts,
    }),
    { description: 'Events whose country is known. People of a country are counted as too few rather than too many' },
  ),
  before: Type.Optional(
    Type.Union([Type.Object({ from: Time, to: Time, totals: Type.Object(block) }), Type.Null()], {
      description: 'Only with `compare`: the same number of intervals before; null when roll-ups of them have expired',
    }),
  ),
}

export const SiteStats = Type.Object(statsProperties)
export type SiteStats = Static<typeof SiteStats>

export const ImageStats = Type.Object({
  imageId: Type.String(),
  ...statsProperties,
  current: Type.Object(
    {
      likes: Type.Integer(),
      dislikes: Type.Integer(),
      likeRatio: share('Share of likes, smoothed: (likes + 5) / (likes + dislikes + 10)'),
      saves: Type.Integer(),
      rating: Type.Object({ count: Type.Integer(), mean: orNull(Type.Number()) }),
      tags: Type.Array(Type.Object({ tag: Type.String(), count: Type.Integer() }), {
        description: 'the 50 most frequent tags',
      }),
    },
    { description: "Current feedback: each person's latest; exact" },
  ),
})
export type ImageStats = Static<typeof ImageStats>

/** Schema of the query parameters of a range. */
export function rangeQuery(intervals: readonly Interval[]) {
  return strict({
    from: Type.Optional(Time),
    to: Type.Optional(Time),
    interval: Type.Optional(
      Type.Unsafe<Interval>({ ...oneOf(intervals), description: 'weeks begin on Monday (ISO 8601); day by default' }),
    ),
    tz: Type.Optional(Tz),
    compare: Type.Optional(
      Type.Unsafe<'previous'>({
        ...oneOf(['previous']),
        description: 'adds `before`, the numbers of the same number of intervals before; requires `from`',
      }),
    ),
    minPeople: Type.Optional(MinPeople),
  })
}

/** Returns stats in the form of the API. @param tz as it was requested; local times are left out without it */
export function wireStats({ from, to, asOf, settledTo, totals, series, countries, before }: Stats, tz?: string) {
  const time = (date: Date | null) => date?.toISOString() ?? null
  const points = series.map(({ start, localStart, ...block }) => ({
    start: start.toISOString(),
    ...(tz === undefined ? {} : { localStart }),
    ...block,
  }))
  const times = { from: time(from), to: time(to), asOf: time(asOf), settledTo: settledTo.toISOString() }
  const comparison =
    before === undefined
      ? {}
      : { before: before && { ...before, from: before.from.toISOString(), to: before.to.toISOString() } }
  return { ...times, ...(tz === undefined ? {} : { tz }), totals, series: points, countries, ...comparison }
}

/** Returns what identifies stats for the ETag: the time of the read does not, as long as everything is counted. */
export function versionOf(stats: Stats) {
  return { ...stats, settledTo: stats.settled ? null : stats.settledTo }
}
