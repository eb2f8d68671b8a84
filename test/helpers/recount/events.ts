import type { LoggedEvent } from '../../../src/events/event.ts'
import type { Answer } from '../world.ts'

/** The expected stats of some events, counted without code of the service. */
export interface Recount {
  counts: Record<string, number>
  people: number
  dwells: number[]
  depths: number[]
  scales: number[]
  ratings: number[]
}

/** Counts some events. The arrays of events must not change later. */
export const recount = oncePerArray((events: LoggedEvent[]): Recount => {
  const counts: Record<string, number> = {}
  for (const { type } of events) counts[type] = (counts[type] ?? 0) + 1
  const measured = (type: string, field: 'durationMs' | 'depth' | 'scale' | 'value') =>
    events.flatMap(event => (event.type === type ? [event[field] ?? Number.NaN] : [])).sort((a, b) => a - b)
  return {
    counts,
    people: new Set(events.map(({ person }) => person)).size,
    dwells: measured('dwell', 'durationMs'),
    depths: measured('scroll', 'depth'),
    scales: measured('zoom', 'scale'),
    ratings: measured('rating', 'value'),
  }
})

/** Remembers what was counted of each array: it is asked for once a metric. */
function oncePerArray<Count>(count: (events: LoggedEvent[]) => Count): (events: LoggedEvent[]) => Count {
  const counted = new WeakMap<LoggedEvent[], Count>()
  return events => {
    const known = counted.get(events) ?? count(events)
    counted.set(events, known)
    return known
  }
}

export function sumOf(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

/** Groups events by a key. Events whose key is undefined are left out. */
export function byKey(events: LoggedEvent[], key: (event: LoggedEvent) => string | undefined) {
  const groups = new Map<string, LoggedEvent[]>()
  for (const event of events) {
    const name = key(event)
    if (name === undefined) continue
    const group = groups.get(name)
    if (group) group.push(event)
    else groups.set(name, [event])
  }
  return groups
}

/** The value of a metric, or undefined where it has none. */
export function metricOf(metric: string, events: LoggedEvent[]): number | undefined {
  const { counts, people, dwells } = recount(events)
  const { click = 0, impression = 0 } = counts
  const { likes, dislikes, saves, rating } = currentOf(events)
  const special: Record<string, () => number | undefined> = {
    people: () => people,
    dwellMs: () => sumOf(dwells),
    meanRating: () =>
      rating.mean === null ? undefined : (Math.round(rating.mean * rating.count) + 15) / (rating.count + 5),
    ctr: () => (impression === 0 ? undefined : Math.min(1, (click + 1) / (impression + 20))),
    likeRatio: () => likeRatioOf(likes, dislikes) ?? undefined,
    currentLikes: () => likes,
    currentDislikes: () => dislikes,
    currentSaves: () => saves,
  }
  return metric in special ? special[metric]?.() : counts[metric]
}

function likeRatioOf(likes: number, dislikes: number): number | null {
  return likes + dislikes === 0 ? null : (likes + 5) / (likes + dislikes + 10)
}

/** Compares a block of an answer with a recount of its events. @returns the differences in words */
export function faultsOf(block: Answer['body'], events: LoggedEvent[]): string[] {
  const truth = recount(events)
  const faults: string[] = []
  const expect = (what: string, found: unknown, expected: unknown) => {
    if (JSON.stringify(found) !== JSON.stringify(expected)) {
      faults.push(`${what}: ${JSON.stringify(found)} is not ${JSON.stringify(expected)}`)
    }
  }
  const within = (what: string, found: number, expected: number, most: number) => {
    if (!(Math.abs(found - expected) <= most)) faults.push(`${what}: ${found} is not ${expected} +- ${most}`)
  }
  const { counts, people, dwell, scroll, zoom, rating, ctr } = block
  for (const [type, count] of Object.entries(counts as Record<string, number>)) {
    expect(`counts.${type}`, count, truth.counts[type] ?? 0)
  }
  expect(
    'types',
    Object.keys(truth.counts).filter(type => !(type in counts)),
    [],
  )
  faults.push(...peopleFaults(people, truth.people))
  const quantile = (values: number[], share: number) => values[Math.floor(share * (values.length - 1))] ?? 0
  const spread = (what: string, found: { p50: number; p90: number } | null, values: number[], floor: number) => {
    if (values.length === 0 || found === null) return expect(what, found, values.length === 0 ? null : values)
    within(`${what}.p50`, found.p50, quantile(values, 0.5), quantile(values, 0.5) * 0.01001 + floor)
    within(`${what}.p90`, found.p90, quantile(values, 0.9), quantile(values, 0.9) * 0.01001 + floor)
  }
  // The sketch counts depths below 0.001 as 0.
  spread('scroll', scroll, truth.depths, 0.001)
  spread('zoom', zoom, truth.scales, 0)
  const { dwells, ratings } = truth
  if (dwells.length === 0 || dwell === null) expect('dwell', dwell, dwells.length === 0 ? null : dwells)
  else {
    const { totalMs, meanMs, p50Ms, p90Ms, p99Ms } = dwell
    expect('dwell.totalMs', totalMs, sumOf(dwells))
    expect('dwell.meanMs', meanMs, Math.round(sumOf(dwells) / dwells.length))
    for (const [share, found] of [
      [0.5, p50Ms],
      [0.9, p90Ms],
      [0.99, p99Ms],
    ]) {
      const true_ = quantile(dwells, share ?? 0)
      within(`dwell at ${share}`, found ?? Number.NaN, true_, true_ * 0.01 + 0.5)
    }
  }
  const histogram = [1, 2, 3, 4, 5].map(value => ratings.filter(one => one === value).length)
  expect('rating', rating, ratings.length === 0 ? null : { mean: sumOf(ratings) / ratings.length, histogram })
  expect('ctr', ctr, metricOf('ctr', events) ?? null)
  expect(
    'fields',
    Object.keys(block).filter(name => !FIELDS.includes(name)),
    [],
  )
  return faults
}

const FIELDS = ['start', 'counts', 'people', 'dwell', 'scroll', 'zoom', 'rating', 'ctr']

/** The deviations of all estimates of people that were compared, as a share of the error that they state. */
export const offs: number[] = []

function peopleFaults(found: { value: number; exact: boolean; error: number }, truth: number): string[] {
  if (found.exact !== truth <= 256) return [`people.exact: ${found.exact} with ${truth}`]
  if (found.exact) return found.value === truth && found.error === 0 ? [] : [`people: ${found.value} is not ${truth}`]
  const off = Math.abs(found.value - truth) / truth / found.error
  offs.push(off)
  return off < 2.5 && found.error < 0.04 ? [] : [`people: ${found.value} is not ${truth}, error ${found.error}`]
}

/** Returns the current counts of feedback: the last event of each person on each register counts. */
export const currentOf = oncePerArray((own: LoggedEvent[]) => {
  const words = new Map<string, LoggedEvent>()
  const registers: Record<string, string> = {
    like: 'reaction',
    dislike: 'reaction',
    clear: 'reaction',
    save: 'saved',
    unsave: 'saved',
    rating: 'rating',
    unrate: 'rating',
    tag: 'tag',
    untag: 'tag',
  }
  for (const event of own) {
    const register = registers[event.type]
    if (register === undefined) continue
    const key = `${event.person} ${register} ${event.tag ?? ''}`
    if (event._id > (words.get(key)?._id ?? '')) words.set(key, event)
  }
  const last = [...words.values()]
  const { counts, ratings } = recount(last)
  const tags = [
    ...byKey(
      last.filter(({ type }) => type === 'tag'),
      ({ tag }) => tag,
    ),
  ]
    .map(([tag, { length }]) => ({ tag, count: length }))
    .sort((a, b) => b.count - a.count || (a.tag < b.tag ? -1 : 1))
  const sum = ratings.reduce((all, value) => all + value, 0)
  return {
    likes: counts.like ?? 0,
    dislikes: counts.dislike ?? 0,
    likeRatio: likeRatioOf(counts.like ?? 0, counts.dislike ?? 0),
    saves: counts.save ?? 0,
    rating: { count: ratings.length, mean: ratings.length === 0 ? null : sum / ratings.length },
    tags,
  }
})
