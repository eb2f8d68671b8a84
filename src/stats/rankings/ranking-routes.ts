import type { mongo } from 'mongoose'
import { fieldProblem } from '../../errors.ts'
import { SITE } from '../../events/marks/buckets.ts'
import { limitOf } from '../../http/schemas.ts'
import type { App } from '../../http/server.ts'
import { AnswerCache } from '../answer-cache.ts'
import { INTERVALS } from '../calendar/intervals.ts'
import { replyWithEtag, unchanged } from '../conditional-reply.ts'
import { minPeopleOf } from '../countries.ts'
import { rangeKey, requestedRange } from '../range.ts'
import { readStats, type Stats } from '../read-stats.ts'
import { rangeQuery, SiteStats, versionOf, wireStats } from '../schemas.ts'
import { hasCountries } from './metrics.ts'
import { firstListed, type Listed } from './ranking.ts'
import { TopAnswer, TopQuery, TrendingAnswer, TrendingQuery } from './ranking-schemas.ts'
import type { TopImages } from './top-images.ts'
import { type Trending, trendingImages } from './trending-images.ts'

/** The dashboard reads the overview again when live numbers tell of a change. */
const OVERVIEW_TTL_MS = 1_000

const LISTS = 'Lists public images only. Answers are cached for ten seconds, or ten times the time that they took.'

const topSchema = {
  operationId: 'getTopImages',
  summary: 'Rank images by a metric',
  description:
    'A window ends now; its beginning, `from`, is rounded down to the full minute (1h) or hour (24h, 7d, 30d). The default is ' +
    '24h. Metrics with the name of an event type count events. dwellMs is the total dwell time, ctr is smoothed as in the ' +
    'stats of an image. people is counted for the 500 images with the most events, and may be an estimate. currentLikes, ' +
    'currentDislikes, currentSaves, likeRatio and meanRating say what people think now: each person counts once, and in a ' +
    'window only with an opinion given in it. likeRatio is (likes + 5) / (likes + dislikes + 10), meanRating is ' +
    `(stars + 15) / (ratings + 5). country is available for counts of events and ctr. ${LISTS}`,
  tags: ['stats'],
  querystring: TopQuery,
  response: { 200: TopAnswer, 304: unchanged },
}

const trendingSchema = {
  operationId: 'getTrendingImages',
  summary: 'Rank images by the increase of interest',
  description:
    'value = (recent + 10) / (expected + 10). recent counts views, clicks, downloads, shares and comments of the last three to ' +
    'four hours, and the people whose current like or save was given then; expected is their number for that time, from the ' +
    `seven days before. ${LISTS}`,
  tags: ['stats'],
  querystring: TrendingQuery,
  response: { 200: TrendingAnswer, 304: unchanged },
}

const overviewSchema = {
  operationId: 'getOverview',
  summary: 'Get the stats of the whole site',
  description: 'Has the form of the stats of an image, for all images together, including private and deleted ones.',
  tags: ['stats'],
  querystring: rangeQuery(INTERVALS.filter(interval => interval !== 'minute')),
  response: { 200: SiteStats, 304: unchanged },
}

interface ListParts {
  db: mongo.Db
  listed: Listed
  tops: TopImages
}

/** Registers the routes of rankings and of the site's stats. */
export async function rankingRoutes(app: App, { db, listed, tops }: ListParts): Promise<void> {
  const trends = new AnswerCache<Trending>()
  const overviews = new AnswerCache<Stats>({ minTtl: OVERVIEW_TTL_MS })

  app.get('/v1/stats/top', { schema: topSchema }, async (request, reply) => {
    const { metric, window = '24h', country, tag } = request.query
    if (country !== undefined && !hasCountries(metric)) {
      throw fieldProblem('/querystring/country', `is not available for ${metric}`)
    }
    const { from, asOf, items } = await tops.top({ metric, window, country, tag }, limitOf(request.query))
    const body = { metric, window, from: from?.toISOString() ?? null, asOf: asOf.toISOString(), items }
    return replyWithEtag(body, request, reply)
  })

  app.get('/v1/stats/trending', { schema: trendingSchema }, async (request, reply) => {
    const { from, asOf, items } = await trends.get('', () => trendingImages(db, listed))
    // The cached list is filtered again: an image may have become private or been deleted since.
    const shown = await firstListed(items, listed, undefined, limitOf(request.query))
    return replyWithEtag({ from: from.toISOString(), asOf: asOf.toISOString(), items: shown }, request, reply)
  })

  app.get('/v1/stats/overview', { schema: overviewSchema }, async (request, reply) => {
    const minPeople = minPeopleOf(request.query, request.identity)
    const range = await requestedRange(db, request.query)
    const key = JSON.stringify([minPeople, rangeKey(range)])
    const stats = await overviews.get(key, () => readStats(db, SITE, range, minPeople))
    return replyWithEtag(wireStats(stats, request.query.tz), request, reply, versionOf(stats))
  })
}
