import { createHash } from 'node:crypto'
import { Type } from '@fastify/type-provider-typebox'
import type { mongo } from 'mongoose'
import type { Retention } from '../config.ts'
import { fieldProblem, Problem } from '../errors.ts'
import { EVENT_TYPES } from '../events/event.ts'
import type { Identity } from '../http/identity.ts'
import { IdParams, oneOf, strict, Time } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import {
  type CurrentStats,
  currentStats,
  type ImageStats,
  INTERVALS,
  type Interval,
  rangeStats,
  snappedRange,
  totalStats,
} from './read.ts'

const Counts = Type.Object(Object.fromEntries(EVENT_TYPES.map(type => [type, Type.Integer()])))
const Nullable = Type.Union([Time, Type.Null()])

const Answer = Type.Object({
  imageId: Type.String(),
  from: Nullable,
  to: Nullable,
  asOf: Nullable,
  totals: Type.Object({ counts: Counts }),
  current: Type.Object({
    likes: Type.Integer(),
    dislikes: Type.Integer(),
    saves: Type.Integer(),
    rating: Type.Object({ count: Type.Integer(), mean: Type.Union([Type.Number(), Type.Null()]) }),
  }),
  series: Type.Array(Type.Object({ start: Time, counts: Counts })),
})

const schema = {
  operationId: 'getImageStats',
  summary: 'What happened to an image',
  description: 'All time, or a series of points between from and to (snapped outwards to whole points and echoed).',
  tags: ['stats'],
  params: IdParams,
  querystring: strict({
    from: Type.Optional(Time),
    to: Type.Optional(Time),
    interval: Type.Optional(oneOf(INTERVALS)),
  }),
  response: { 200: Answer, 304: Type.Null({ description: 'It has not changed' }) },
}

export interface StatsParts {
  db: mongo.Db
  retention: Retention
  findImage(id: string): Promise<{ ownerId: string; visibility: 'public' | 'private' } | undefined>
}

export async function statsRoutes(app: App, { db, retention, findImage }: StatsParts): Promise<void> {
  app.get('/v1/images/:id/stats', { schema }, async (request, reply) => {
    const { id } = request.params
    const image = await findImage(id)
    if (!image || !mayAsk(image, request.identity)) throw new Problem('not_found')
    const range = askedRange(request.query, retention)
    const stats = range ? rangeStats(db, id, range) : totalStats(db, id)
    const body = wireStats(...(await Promise.all([stats, currentStats(db, id)])))
    const etag = `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 22)}"`
    reply.header('etag', etag).header('cache-control', 'private, max-age=5').header('vary', 'authorization, x-api-key')
    if (request.headers['if-none-match'] === etag) return reply.code(304).send(null)
    return body
  })
}

/** Public images: whoever may ask at all. Private ones: their owner, analysts and admins. */
function mayAsk(image: { ownerId: string; visibility: string }, identity: Identity | null): boolean {
  if (image.visibility === 'public') return true
  if (identity?.kind !== 'user') return false
  return identity.id === image.ownerId || identity.roles.some(role => role === 'analyst' || role === 'admin')
}

function askedRange(query: { from?: string; to?: string; interval?: Interval }, retention: Retention) {
  const { from, to, interval } = query
  if (from === undefined) {
    const alone = to !== undefined ? 'to' : interval !== undefined ? 'interval' : undefined
    if (alone) throw fieldProblem('/querystring/from', `is needed with ${alone}`)
    return undefined
  }
  return snappedRange(new Date(from), to === undefined ? new Date() : new Date(to), interval ?? 'day', retention)
}

function wireStats({ imageId, from, to, asOf, totals, series }: ImageStats, current: CurrentStats) {
  const time = (date: Date | null) => date?.toISOString() ?? null
  const points = series.map(({ start, counts }) => ({ start: start.toISOString(), counts }))
  return { imageId, from: time(from), to: time(to), asOf: time(asOf), totals, current, series: points }
}
