import type { mongo } from 'mongoose'
import { fieldProblem } from '../../errors.ts'
import { SITE } from '../../events/marks/buckets.ts'
import { limitOf } from '../../http/schemas.ts'
import type { App } from '../../http/server.ts'
import { AnswerCache } from '../answer-cache.ts'
import { replyWithEtag, unchanged } from '../conditional-reply.ts'
import { askedRange } from '../range.ts'
import { rangeStats, type Stats, totalStats } from '../read-stats.ts'
import { rangeQuery, SiteStats, wireStats } from '../schemas.ts'
import { hasCountries } from './metrics.ts'
import { firstListed, type Listed } from './ranking.ts'
import { TopAnswer, TopQuery, TrendingAnswer, TrendingQuery } from './ranking-schemas.ts'
import { TopImages } from './top-images.ts'
import { type Trending, trendingImages } from './trending-images.ts'

const LISTS = 'Public images only, whoever asks. Kept for ten seconds, or ten times what it took to work out.'

const topSchema = {
  operationId: 'getTopImages',
  summary: 'The images with the most of something',
  description:
    'A window ends now and begins with the full minute (1h) or the full hour (24h, 7d, 30d) that holds the moment so ' +
    'long ago; from says which. 24h is the window where none is named. dwellMs is the whole time it was looked at. ctr and ' +
    'likeRatio are smoothed as in the stats of an image, meanRating is (stars + 15) / (ratings + 5). people is counted for ' +
    `the 500 images with the most events, and may be an estimate. With a country: counts, ctr and likeRatio. ${LISTS}`,
  tags: ['stats'],
  querystring: TopQuery,
  response: { 200: TopAnswer, 304: unchanged },
}

const trendingSchema = {
  operationId: 'getTrendingImages',
  summary: 'The images that are of more interest than they were',
  description:
    'value = (recent + 10) / (expected + 10): views, clicks, downloads, shares, likes, saves and comments of the last three to ' +
    `four hours against as much of the seven days before, so that one view makes no trend. ${LISTS}`,
  tags: ['stats'],
  querystring: TrendingQuery,
  response: { 200: TrendingAnswer, 304: unchanged },
}

const overviewSchema = {
  operationId: 'getOverview',
  summary: 'What happened on the whole site',
  description: 'As the stats of an image, of all images together, those that are private or gone included.',
  tags: ['stats'],
  querystring: rangeQuery(['hour', 'day']),
  response: { 200: SiteStats, 304: unchanged },
}

interface ListParts {
  db: mongo.Db
  listed: Listed
}

export async function listRoutes(app: App, { db, listed }: ListParts): Promise<void> {
  const tops = new TopImages(db, listed)
  const trends = new AnswerCache<Trending>()
  const overviews = new AnswerCache<Stats>()

  app.get('/v1/stats/top', { schema: topSchema }, async (request, reply) => {
    const { metric, window = '24h', country, tag } = request.query
    if (country !== undefined && !hasCountries(metric)) {
      throw fieldProblem('/querystring/country', `${metric} is not known by country`)
    }
    const { from, asOf, items } = await tops.top({ metric, window, country, tag }, limitOf(request.query))
    const body = { metric, window, from: from?.toISOString() ?? null, asOf: asOf.toISOString(), items }
    return replyWithEtag(body, request, reply)
  })

  app.get('/v1/stats/trending', { schema: trendingSchema }, async (request, reply) => {
    const { from, asOf, items } = await trends.get('', () => trendingImages(db, listed))
    // A list is kept for a while; what has become private or gone since then must not show.
    const shown = await firstListed(items, listed, undefined, limitOf(request.query))
    return replyWithEtag({ from: from.toISOString(), asOf: asOf.toISOString(), items: shown }, request, reply)
  })

  app.get('/v1/stats/overview', { schema: overviewSchema }, async (request, reply) => {
    const range = await askedRange(db, request.query)
    const work = () => (range ? rangeStats(db, SITE, range) : totalStats(db, SITE))
    const stats = await overviews.get(JSON.stringify(range), work)
    return replyWithEtag(wireStats(stats), request, reply)
  })
}
