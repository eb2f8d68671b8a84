import { Readable } from 'node:stream'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { mongo } from 'mongoose'
import type { AuditTrail } from '../accounts/audit-trail.ts'
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

/** Number of concurrent exports in a process; each holds a few thousand rows. */
const CONCURRENCY = 4

const summaries = {
  events: 'Export events, in the order of time',
  feedback: 'Export the current feedback that was last changed in a range of time',
  images: 'Export the images that were uploaded in a range of time',
}

const Query = strict({
  from: Type.Optional({ ...Time, description: 'start (inclusive); the default is the beginning of the data' }),
  to: Type.Optional({ ...Time, description: 'end (exclusive); the default is now' }),
  format: Type.Optional(oneOf(Object.keys(FORMATS) as FormatName[])),
  after: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_-]{1,1024}$',
      description: 'continues after the row with this id: that of the last complete line of an interrupted export',
    }),
  ),
})

const schemaOf = (name: keyof typeof summaries) => ({
  operationId: `export${name[0]?.toUpperCase()}${name.slice(1)}`,
  summary: summaries[name],
  description:
    'Streams each row once. People appear as pseudonyms, the same in all exports. Events of comments have the hour and the image only, ' +
    'since comments are public. The default format is NDJSON. An interrupted ' +
    'export in NDJSON or CSV can be continued: send the id of the last complete line as `after`, with the same from and to, ' +
    'and append the answer (CSV then has no header line). A Parquet file can not be continued: export it by ranges of time.',
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
  audit: Pick<AuditTrail, 'record'>
}

/** Registers the routes of exports. */
export async function exportRoutes(app: App, { db, log, dataSecret, audit }: ExportParts): Promise<void> {
  const [pseudonym, idCipher] = [pseudonyms(dataSecret, 'exports'), new IdCipher(dataSecret)]
  const openStreams = new Set<Readable>()
  app.get('/v1/exports/events', { schema: schemaOf('events') }, answer('events', eventTable(log, pseudonym, idCipher)))
  app.get(
    '/v1/exports/feedback',
    { schema: schemaOf('feedback') },
    answer('feedback', feedbackTable(db, pseudonym, idCipher)),
  )
  app.get('/v1/exports/images', { schema: schemaOf('images') }, answer('images', imageTable(db)))
  // An export may take hours and can be continued, so a shutdown does not wait for it.
  app.addHook('preClose', async () => {
    for (const stream of openStreams) stream.destroy(new Error('the service is stopping'))
  })

  function answer(name: string, table: Table) {
    return async (request: FastifyRequest<{ Querystring: ExportQuery }>, reply: FastifyReply) => {
      const { format = 'ndjson', after } = request.query
      const { mediaType, write }: Format = FORMATS[format]
      const rows = table.rows(rangeOf(request.query), after)
      if (format === 'parquet' && after !== undefined)
        throw fieldProblem('/querystring/after', 'requires the format ndjson or csv')
      reply.type(mediaType).headers({
        'cache-control': 'no-store',
        'content-disposition': `attachment; filename="${name}.${format}"`,
      })
      if (request.method === 'HEAD') return reply.send()
      const stream = streamOf(write(rows, table.columns, after !== undefined))
      await audit.record({ what: 'data_exported', who: request.identity?.id, thing: name, address: request.ip })
      return reply.send(stream)
    }
  }

  /** Returns the stream of an export. @throws Problem `unavailable` when too many exports are running */
  function streamOf(bytes: AsyncGenerator<Uint8Array>): Readable {
    if (openStreams.size >= CONCURRENCY) {
      throw new Problem('unavailable', {
        detail: `${CONCURRENCY} exports are running already`,
        headers: { 'retry-after': '30' },
      })
    }
    const stream = Readable.from(bytes, { objectMode: false })
    openStreams.add(stream)
    return stream.once('close', () => openStreams.delete(stream))
  }
}

function rangeOf({ from, to }: ExportQuery): TimeRange {
  const range = {
    from: timeOf('/querystring/from', from ?? '1970-01-01T00:00:00Z'),
    to: timeOf('/querystring/to', to ?? new Date().toISOString()),
  }
  if (range.to <= range.from) throw fieldProblem('/querystring/to', 'must be after from')
  return range
}
