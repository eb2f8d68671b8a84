import type { LoggedEvent } from '../../../src/events/event.ts'
import type { Row } from '../../../src/reports/report.ts'
import type { Story } from './story.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const WEEK = 7 * DAY

interface Time {
  from: Date
  to: Date
}
type Texts = Record<string, string>
type Recount = (events: LoggedEvent[], texts: Texts, story: Story, time: Time) => Row[]

/** What a report should say, counted one event after the other. */
export function recount(name: string, texts: Texts, story: Story, time: Time): Row[] {
  const within = story.events.filter(({ at }) => at >= time.from && at < time.to)
  const count = RECOUNTS[name]
  if (!count) throw new Error(`nobody recounts ${name}`)
  return count(within, texts, story, time)
}

const RECOUNTS: Record<string, Recount> = {
  'top-images': (events, { metric = 'view', tag, limit = '20' }, { images, likes }) => {
    const rows = images.flatMap(({ _id, title, tags, visibility }) => {
      const own = events.filter(({ imageId }) => imageId === _id)
      const value = ranked(
        metric,
        own,
        likes.filter(({ imageId }) => imageId === _id),
      )
      const isPrivate = visibility === 'private'
      if (value === null || value === 0 || (tag !== undefined && (isPrivate || !tags.includes(tag)))) return []
      return [
        {
          imageId: _id,
          title: isPrivate ? '' : title,
          value,
          ...counts(own),
          people: people(own),
          meanDwellMs: meanDwell(own),
        },
      ]
    })
    return rows.sort((a, b) => b.value - a.value || (a.imageId < b.imageId ? -1 : 1)).slice(0, Number(limit))
  },
  trends: (events, { by = 'hour', imageId }, _story, { from, to }) => {
    const own = events.filter(event => imageId === undefined || event.imageId === imageId)
    const placeOf = (at: Date) => (by === 'hour' ? at.getUTCHours() : (at.getUTCDay() + 6) % 7)
    return Array.from({ length: by === 'hour' ? 24 : 7 }, (_, place) => {
      const here = own.filter(({ at }) => placeOf(at) === place)
      let hours = 0
      for (let time = from.getTime(); time < to.getTime(); time += HOUR) if (placeOf(new Date(time)) === place) hours++
      return { ...counts(here), viewsPerHour: counts(here).views / hours }
    })
  },
  funnel: (events, { imageId }) => {
    const steps = [['impression'], ['view'], ['click'], ['like', 'save']]
    const own = events.filter(event => imageId === undefined || event.imageId === imageId)
    const did = steps.map(types => {
      const some = own.filter(({ type }) => types.includes(type))
      return { events: some.length, pairs: new Set(some.map(event => `${event.person} ${event.imageId}`)) }
    })
    let reached = did[0]?.pairs ?? new Set<string>()
    const first = reached.size
    return did.map(({ events, pairs }, i) => {
      const before = reached.size
      reached = new Set([...reached].filter(pair => pairs.has(pair)))
      const ofPrevious = i === 0 || before === 0 ? null : reached.size / before
      return { events, pairs: pairs.size, reached: reached.size, ofFirst: reached.size / first, ofPrevious }
    })
  },
  dwell: (events, { imageId }) => {
    const own = events.filter(event => event.type === 'dwell' && (imageId === undefined || event.imageId === imageId))
    const bounds = [0, 1, 2, 5, 10, 30, 60, 300, Number.POSITIVE_INFINITY].map(seconds => seconds * 1000)
    return bounds.slice(1).map((upTo, i) => {
      const dwells = own.filter(
        ({ durationMs = 0 }) => durationMs <= upTo && (i === 0 || durationMs > (bounds[i] ?? 0)),
      )
      const shorter = own.filter(({ durationMs = 0 }) => durationMs <= upTo)
      return {
        dwells: dwells.length,
        share: dwells.length / own.length,
        shareUpTo: shorter.length / own.length,
      }
    })
  },
  geography: (events, { by = 'country', minPeople = '10' }) => {
    const levels = (['country', 'region', 'city'] as const).slice(0, ['country', 'region', 'city'].indexOf(by) + 1)
    const places = grouped(events, ({ geography }) => JSON.stringify(levels.map(level => geography?.[level] ?? null)))
    const rows = [...places].map(([place, own]) => {
      const [country, region = null, city = null] = JSON.parse(place)
      return { country: country ?? 'unknown', region, city, people: people(own), ...counts(own) }
    })
    rows.sort((a, b) => b.people - a.people || b.views - a.views)
    const large = rows.filter(row => row.people >= Number(minPeople))
    const small = rows.filter(row => row.people < Number(minPeople))
    if (small.length === 0) return large
    const other = { country: 'other', region: null, city: null, ...added([...large.splice(-1), ...small]) }
    return [...large, other]
  },
  tags: (events, _texts, { images, likes }) => {
    const touched = images.filter(
      ({ _id, visibility }) => visibility !== 'private' && events.some(({ imageId }) => imageId === _id),
    )
    const names = [...new Set(touched.flatMap(({ tags }) => tags))]
    const rows = names.map(tag => {
      const tagged = touched.filter(({ tags }) => tags.includes(tag)).map(({ _id }) => _id)
      const own = events.filter(({ imageId }) => tagged.includes(imageId))
      const { views } = counts(own)
      return {
        tag,
        images: tagged.length,
        ...counts(own),
        viewsPerImage: views / tagged.length,
        ctr: ranked('ctr', own),
        likeRatio: ranked(
          'likeRatio',
          own,
          likes.filter(({ imageId }) => tagged.includes(imageId)),
        ),
      }
    })
    return rows.sort((a, b) => b.views - a.views)
  },
  unseen: (events, { below = '10' }, { images }, { from, to }) => {
    const there = images.filter(({ uploadedAt }) => uploadedAt < to)
    const rows = there.map(({ _id, uploadedAt }) => {
      const { impressions, views, clicks, likes } = counts(events.filter(({ imageId }) => imageId === _id))
      const days = Math.max(1, (to.getTime() - Math.max(from.getTime(), uploadedAt.getTime())) / DAY)
      const state = impressions + views === 0 ? 'unseen' : 'under-exposed'
      return { imageId: _id, state, uploadedAt, impressions, perDay: impressions / days, views, clicks, likes }
    })
    return rows
      .filter(({ impressions }) => impressions < Number(below))
      .sort((a, b) => a.impressions - b.impressions || a.views - b.views || Number(a.uploadedAt) - Number(b.uploadedAt))
  },
  'liked-together': (_events, { minPeople = '5' }, { images, likes }) => {
    const liked = likes.filter(({ person, reaction = 'like' }) => reaction === 'like' && person !== 'glutton')
    const everybody = new Set(liked.map(({ person }) => person)).size
    const liking = (id: string) => liked.filter(({ imageId }) => imageId === id).map(({ person }) => person)
    const rows = images.flatMap(a =>
      images.flatMap(b => {
        const both = liking(a._id).filter(person => liking(b._id).includes(person)).length
        if (a._id >= b._id || both < Number(minPeople)) return []
        const [peopleA, peopleB] = [liking(a._id).length, liking(b._id).length]
        const lift = both / everybody / ((peopleA / everybody) * (peopleB / everybody))
        return [{ imageA: a._id, imageB: b._id, people: both, peopleA, peopleB, lift: Number(lift.toPrecision(12)) }]
      }),
    )
    return rows.sort((a, b) => b.lift - a.lift || b.people - a.people || (nameOf(a) < nameOf(b) ? -1 : 1)).slice(0, 20)
  },
  people: (events, { limit = '20' }) => {
    const rows = [...grouped(events, ({ person }) => person)].map(([person, own]) => {
      const times = own.map(({ at }) => at.getTime())
      return {
        person,
        events: own.length,
        ...counts(own),
        activeDays: new Set(times.map(time => Math.floor(time / DAY))).size,
        firstAt: new Date(Math.min(...times)),
        lastAt: new Date(Math.max(...times)),
      }
    })
    return rows.sort((a, b) => b.events - a.events || (a.person < b.person ? -1 : 1)).slice(0, Number(limit))
  },
  retention: (events, _texts, { users }, { from, to }) => {
    const weekOf = (at: Date) => Math.floor((at.getTime() - from.getTime()) / WEEK)
    return Array.from({ length: weekOf(to) }, (_, cohort) => {
      const members = users.filter(({ createdAt }) => weekOf(createdAt) === cohort).map(({ _id }) => _id)
      const share = (week: number) => {
        const about = new Set(events.filter(({ at }) => weekOf(at) === cohort + week).map(({ person }) => person))
        const isOver = cohort + week >= weekOf(to)
        return isOver || members.length === 0 ? null : members.filter(id => about.has(id)).length / members.length
      }
      return {
        people: members.length,
        week0: share(0),
        week1: share(1),
        week2: share(2),
        week3: share(3),
        week4: share(4),
      }
    })
  },
  suspicious: (events, { perMinute = '60', hoursADay = '20' }) => {
    const rows = [...grouped(events, ({ person }) => person)].map(([person, own]) => {
      const most = (groups: Iterable<number>) => Math.max(...groups)
      const by = (width: number) => grouped(own, ({ at }) => String(Math.floor(at.getTime() / width)))
      const days = by(DAY)
      const hours = (some: LoggedEvent[]) => new Set(some.map(({ at }) => at.getUTCHours())).size
      const { clicks, impressions, views } = counts(own)
      const peak = most([...by(60_000).values()].map(({ length }) => length))
      const longest = most([...days.values()].map(hours))
      const reasons = [
        peak >= Number(perMinute) && 'burst',
        longest >= Number(hoursADay) && 'sleepless',
        clicks >= 50 && clicks > impressions + views && 'blind clicks',
      ]
      return {
        person,
        reasons: reasons.filter(Boolean).join(', '),
        events: own.length,
        peakPerMinute: peak,
        hoursADay: longest,
        days: days.size,
        clicks,
        shown: impressions + views,
      }
    })
    return rows
      .filter(({ reasons }) => reasons !== '')
      .sort((a, b) => b.events - a.events || (a.person < b.person ? -1 : 1))
      .slice(0, 20)
  },
}

function counts(events: LoggedEvent[]) {
  const of = (type: string) => events.filter(event => event.type === type).length
  return { impressions: of('impression'), views: of('view'), clicks: of('click'), likes: of('like'), saves: of('save') }
}

function added(rows: ReturnType<typeof counts>[] & { people: number }[]) {
  const sum = { people: 0, ...counts([]) }
  for (const row of rows) for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += row[name]
  return sum
}

function people(events: LoggedEvent[]): number {
  return new Set(events.map(({ person }) => person)).size
}

function meanDwell(events: LoggedEvent[]): number | null {
  const dwells = events.flatMap(({ type, durationMs }) => (type === 'dwell' ? [durationMs ?? 0] : []))
  return dwells.length > 0 ? Math.round(total(dwells) / dwells.length) : null
}

function ranked(metric: string, events: LoggedEvent[], opinions: Story['likes'] = []): number | null {
  const of = (type: string) => events.filter(event => event.type === type).length
  const stars = opinions.flatMap(({ rating }) => rating ?? [])
  const dislikes = opinions.filter(({ reaction }) => reaction === 'dislike').length
  const likes = opinions.length - dislikes
  switch (metric) {
    case 'people':
      return people(events)
    case 'dwellMs':
      return total(events.map(({ durationMs }) => durationMs ?? 0))
    case 'meanRating':
      return stars.length > 0 ? (total(stars) + 15) / (stars.length + 5) : null
    case 'ctr':
      return of('impression') > 0 ? Math.min(1, (of('click') + 1) / (of('impression') + 20)) : null
    case 'likeRatio':
      return likes + dislikes > 0 ? (likes + 5) / (likes + dislikes + 10) : null
    case 'currentLikes':
    case 'currentSaves':
      return likes
    case 'currentDislikes':
      return dislikes
    default:
      return of(metric)
  }
}

function nameOf({ imageA, imageB }: { imageA: string; imageB: string }): string {
  return `${imageA} ${imageB}`
}

function total(numbers: number[]): number {
  return numbers.reduce((sum, n) => sum + n, 0)
}

function grouped(events: LoggedEvent[], keyOf: (event: LoggedEvent) => string): Map<string, LoggedEvent[]> {
  const groups = new Map<string, LoggedEvent[]>()
  for (const event of events) groups.set(keyOf(event), [...(groups.get(keyOf(event)) ?? []), event])
  return groups
}
