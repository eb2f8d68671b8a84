import { Problem } from '../errors.ts'
import type { KnownImage } from '../events/ingest/flush.ts'
import { IdParams } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import { maySeeStats } from '../images/image.ts'
import { INTERVALS } from './calendar/intervals.ts'
import { replyWithEtag, unchanged } from './conditional-reply.ts'
import { minPeopleOf } from './countries.ts'
import { type OwnParts, ownStatsRoutes } from './own/own-routes.ts'
import { requestedRange } from './range.ts'
import type { Listed } from './rankings/ranking.ts'
import { rankingRoutes } from './rankings/ranking-routes.ts'
import type { TopImages } from './rankings/top-images.ts'
import { currentStats, readStats } from './read-stats.ts'
import { ImageStats, rangeQuery, versionOf, wireStats } from './schemas.ts'

const imageSchema = {
  operationId: 'getImageStats',
  summary: 'Get the stats of an image',
  description:
    'Without parameters the stats are of all time; with `from` they include a series of points up to `to`, both rounded ' +
    'outwards to whole intervals of the zone `tz`. Points have the true start of each interval, so that a day may have 23 or 25 ' +
    'hours and an hour may occur twice. In other zones than UTC, days are summed from roll-ups of hours, and where these begin at ' +
    'half or quarter hours, also of minutes: 400 interval_expired, when those have expired. `compare=previous` adds `before`, ' +
    'the totals of the same number of intervals before. Acknowledged events appear within about ten seconds, and are counted exactly once when their ' +
    'minute has settled, some seconds after its end: settledTo says up to when that is so, asOf is the time of the ' +
    'newest roll-up. Every part says whether it is exact; parts without data are null.',
  tags: ['stats'],
  params: IdParams,
  querystring: rangeQuery(INTERVALS),
  response: { 200: ImageStats, 304: unchanged },
}

interface StatsParts extends OwnParts {
  findImages(ids: string[]): Promise<Map<string, KnownImage>>
  listed: Listed
  tops: TopImages
}

/** Registers the routes of stats. */
export async function statsRoutes(app: App, { db, findImages, listed, tops, imagesOf }: StatsParts): Promise<void> {
  await app.register(rankingRoutes, { db, listed, tops })
  await app.register(ownStatsRoutes, { db, imagesOf })
  app.get('/v1/images/:id/stats', { schema: imageSchema }, async (request, reply) => {
    const { id } = request.params
    const image = (await findImages([id])).get(id)
    if (!image || !maySeeStats(image, request.identity)) throw new Problem('not_found', { detail: 'image not found' })
    const minPeople = minPeopleOf(request.query, request.identity)
    const range = await requestedRange(db, request.query)
    const [stats, current] = await Promise.all([readStats(db, id, range, minPeople), currentStats(db, id)])
    const body = { imageId: id, ...wireStats(stats, request.query.tz), current }
    return replyWithEtag(body, request, reply, { stats: versionOf(stats), current })
  })
}
