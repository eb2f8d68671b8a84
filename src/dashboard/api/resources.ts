import { type Listing, type Resource, withQuery } from './answers.ts'
import type {
  AuditEntry,
  Comment,
  Feedback,
  Image,
  ImageStats,
  Key,
  ListedImage,
  MyEvent,
  MyStats,
  Page,
  Receipt,
  Report,
  ReportDescription,
  Session,
  SiteStats,
  System,
  Top,
  Trending,
  User,
} from './types.ts'

/** A range of time, as the API takes it. */
export type RangeQuery = {
  from?: string
  to?: string
  interval?: string
  tz?: string
}

type Query = Record<string, string | number | undefined>

/** Whether the service has no account yet. */
export const setup = (): Resource<{ needed: boolean }> => ({ path: '/v1/setup' })

export const image = (id: string): Resource<Image> => ({ path: `/v1/images/${id}` })
export const imageList = (query: Query): Listing<Image> => ({ path: withQuery('/v1/images', query) })
/** Images by their ids, at most 100. */
export const imagesById = (ids: string[]): Resource<Page<Image>> => ({
  path: withQuery('/v1/images', { ids: ids.join(',') }),
})
/** A page of a list of images, which begins at a cursor. */
export const imagePage = (query: Query, cursor: string | null): Resource<Page<ListedImage>> => ({
  path: withQuery('/v1/images', { ...query, cursor: cursor ?? undefined }),
})
export const imageStats = (id: string, range: RangeQuery & Query = {}): Resource<ImageStats> => ({
  path: withQuery(`/v1/images/${id}/stats`, range),
})
export const feedback = (id: string): Resource<Feedback> => ({ path: `/v1/images/${id}/feedback` })
export const myFeedback = (query: Query): Listing<Feedback> => ({ path: withQuery('/v1/users/me/feedback', query) })
export const comments = (id: string): Listing<Comment> => ({ path: `/v1/images/${id}/comments` })

export const overview = (range: RangeQuery & Query): Resource<SiteStats> => ({
  path: withQuery('/v1/stats/overview', range),
})
/** The stream that tells of changes of the numbers of an image, or of the site. */
export const liveNumbers = (imageId?: string) => withQuery('/v1/live', { imageId })
/** The stats of the own images, together and one by one. */
export const myStats = (range: RangeQuery & Query): Resource<MyStats> => ({
  path: withQuery('/v1/users/me/stats', range),
})
export const top = (query: Query): Resource<Top> => ({ path: withQuery('/v1/stats/top', query) })
export const trending = (query: Query = {}): Resource<Trending> => ({ path: withQuery('/v1/stats/trending', query) })
export const reports = (): Resource<{ items: ReportDescription[]; broken?: { file: string; fault: string }[] }> => ({
  path: '/v1/reports',
})
export const reportResult = (name: string, query: Query): Resource<Report> => ({
  path: withQuery(`/v1/reports/${name}`, query),
})

export const myEvents = (query: Query): Listing<MyEvent> => ({ path: withQuery('/v1/users/me/events', query) })
export const mySessions = (): Listing<Session> => ({ path: '/v1/sessions' })
export const users = (query: Query): Listing<User> => ({ path: withQuery('/v1/users', query) })
export const keys = (): Listing<Key> => ({ path: '/v1/keys' })
export const erasures = (): Listing<Receipt> => ({ path: '/v1/erasures' })
export const system = (): Resource<System> => ({ path: '/v1/system' })
export const audit = (query: Query): Listing<AuditEntry> => ({ path: withQuery('/v1/audit', query) })
