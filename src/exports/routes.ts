import { Readable } from 'node:stream'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { mongo } from 'mongoose'
import { fieldProblem, Problem } from '../errors.ts'
import type { Log } from '../events/log/log.ts'
import type { TimeRange } from '../events/log/scan.ts'
import { oneOf, strict, Time } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import { timeOf } from '../http/time.ts'
import { pseudonyms } from '../lib/pseudonym.ts'
import { eventTable } from './event-table.ts'
import { feedbackTable } from './feedback-table.ts'
import { FORMATS, type Format, type FormatName } from './formats.ts'
import { IdCipher } from './id-cipher.ts'
import { imageTable } from './image-table.ts'
import type { Table } from './table.ts'

/** So many are written at once; each holds a few thousand rows. */
const MOST_AT_ONCE = 4

const summaries = {
  events: 'What happened, in the order of time',
  feedback: 'What people think of images now, where they changed it in that time',
  images: 'The images that were uploaded in that time',
}

const Query = strict({
  from: Type.Optional({ ...Time, description: 'from the beginning, unless given' }),
  to: Type.Optional({ ...Time, description: 'to before that; up to now, unless given' }),
  format: Type.Optional(oneOf(Object.keys(FORMATS) as FormatName[])),
  after: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_-]{1,1024}$',
      description: 'goes on behind the row of this id: that of the last whole line of an export that broke off',
    }),
  ),
})

const schemaOf = (name: keyof typeof summaries) => ({
  operationId: `export${name[0]?.toUpperCase()}${name.slice(1)}`,
  summary: summaries[name],
  description:
    'Streamed, each row once, for as long as it is read. People are pseudonyms, the same in all exports. NDJSON (unless ' +
    'another format is asked for) and CSV go on where they broke off: send the id of the last whole line as `after`, with ' +
    'the same from and to, and append the answer (CSV then comes without its head). A Parquet file is asked for by range.',
  tags: ['exports'],
  querystring: Query,
  response: {
    200: {
      description: 'The rows',
      content: Object.fromEntries(
        Object.values(FORMATS).map(({ mediaType }) => [mediaType, { schema: Type.String({ format: 'binary' }) }]),
      ),
    },
  },
})

interface ExportQuery {
  from?: string
  to?: string
  format?: FormatName
  after?: string
}

interface ExportParts {
  db: mongo.Db
  log: Log
  dataSecret: string
}

export async function exportRoutes(app: App, { db, log, dataSecret }: ExportParts): Promise<void> {
  const [pseudonym, idCipher] = [pseudonyms(dataSecret, 'exports'), new IdCipher(dataSecret)]
  const underWay = new Set<Readable>()
  app.get('/v1/exports/events', { schema: schemaOf('events') }, answer('events', eventTable(log, pseudonym, idCipher)))
  app.get(
    '/v1/exports/feedback',
    { schema: schemaOf('feedback') },
    answer('feedback', feedbackTable(db, pseudonym, idCipher)),
  )
  app.get('/v1/exports/images', { schema: schemaOf('images') }, answer('images', imageTable(db)))
  // It may take hours, and can be gone on with.
  app.addHook('preClose', async () => {
    for (const stream of underWay) stream.destroy(new Error('the service is stopping'))
  })

  function answer(name: string, table: Table) {
    return async (request: FastifyRequest<{ Querystring: ExportQuery }>, reply: FastifyReply) => {
      const { format = 'ndjson', after } = request.query
      const { mediaType, write }: Format = FORMATS[format]
      const rows = table.rows(stretchOf(request.query), after)
      if (format === 'parquet' && after !== undefined)
        throw fieldProblem('/querystring/after', 'goes with ndjson and csv')
      reply.type(mediaType).headers({
        'cache-control': 'no-store',
        'content-disposition': `attachment; filename="${name}.${format}"`,
      })
      if (request.method === 'HEAD') return reply.send()
      return reply.send(started(write(rows, table.columns, after !== undefined)))
    }
  }

  /** @throws Problem `unavailable` while many are under way */
  function started(bytes: AsyncGenerator<Uint8Array>): Readable {
    if (underWay.size >= MOST_AT_ONCE) {
      throw new Problem('unavailable', { detail: 'other exports are under way', headers: { 'retry-after': '30' } })
    }
    const stream = Readable.from(bytes, { objectMode: false })
    underWay.add(stream)
    return stream.once('close', () => underWay.delete(stream))
  }
}

function stretchOf({ from, to }: ExportQuery): TimeRange {
  const stretch = {
    from: timeOf('/querystring/from', from ?? '1970-01-01T00:00:00Z'),
    to: timeOf('/querystring/to', to ?? new Date().toISOString()),
  }
  if (stretch.to <= stretch.from) throw fieldProblem('/querystring/to', 'must be after from')
  return stretch
}
