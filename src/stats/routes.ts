import type { mongo } from 'mongoose'
import { Problem } from '../errors.ts'
import type { KnownImage } from '../events/ingest/flush.ts'
import type { Identity } from '../http/plugins/identity.ts'
import { IdParams } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import { replyWithEtag, unchanged } from './conditional-reply.ts'
import { askedRange, INTERVALS } from './range.ts'
import type { Listed } from './rankings/ranking.ts'
import { listRoutes } from './rankings/ranking-routes.ts'
import { currentStats, rangeStats, totalStats } from './read-stats.ts'
import { ImageStats, rangeQuery, wireStats } from './schemas.ts'

const imageSchema = {
  operationId: 'getImageStats',
  summary: 'What happened to an image',
  description:
    'All time, or a series of points between from and to (snapped outwards to whole points and echoed). What was ' +
    'acknowledged is counted once, within about ten seconds; asOf says when the newest of the sums was made. Every ' +
    'part says whether it is exact; parts without data are null.',
  tags: ['stats'],
  params: IdParams,
  querystring: rangeQuery(INTERVALS),
  response: { 200: ImageStats, 304: unchanged },
}

interface StatsParts {
  db: mongo.Db
  findImages(ids: string[]): Promise<Map<string, KnownImage>>
  listed: Listed
}

export async function statsRoutes(app: App, { db, findImages, listed }: StatsParts): Promise<void> {
  await app.register(listRoutes, { db, listed })
  app.get('/v1/images/:id/stats', { schema: imageSchema }, async (request, reply) => {
    const { id } = request.params
    const image = (await findImages([id])).get(id)
    if (!image || !mayAsk(image, request.identity)) throw new Problem('not_found')
    const range = await askedRange(db, request.query)
    const asked = range ? rangeStats(db, id, range) : totalStats(db, id)
    const [stats, current] = await Promise.all([asked, currentStats(db, id)])
    return replyWithEtag({ imageId: id, ...wireStats(stats), current }, request, reply)
  })
}

/** Public images: whoever may ask at all. Private ones: their owner, analysts and admins. */
function mayAsk(image: KnownImage, identity: Identity | null): boolean {
  if (image.visibility === 'public') return true
  if (identity?.kind !== 'user') return false
  return identity.id === image.ownerId || identity.roles.some(role => role === 'analyst' || role === 'admin')
}
