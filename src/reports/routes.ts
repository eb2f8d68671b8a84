import { Readable } from 'node:stream'
import { Type } from '@fastify/type-provider-typebox'
import { Problem } from '../errors.ts'
import { Id, strict } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import { CATALOGUE, findReport } from './catalogue.ts'
import { readRequest, runRequest } from './comparison.ts'
import type { OwnReports } from './own/own-reports.ts'
import type { Report } from './report.ts'
import { type FileFormat, MEDIA_TYPES, reportFile } from './report-file.ts'
import type { ReportParts } from './run-report.ts'
import { parametersOf, ReportList, ReportSchema, reportQuery, wireColumn, wireReport } from './schemas.ts'

/** Time limit of a report over HTTP; `npm run report` has a longer one. */
const TIMEOUT_MS = 20_000
/** Number of concurrent reports in a process: they read many documents. */
const CONCURRENCY = 3

const FILE = { schema: Type.Unsafe<Readable>(Type.String({ format: 'binary' })) }

const listSchema = {
  operationId: 'listReports',
  summary: 'List the reports',
  tags: ['reports'],
  response: { 200: ReportList },
}

const reportSchema = (reports: Report[]) => ({
  operationId: 'getReport',
  summary: 'Run a report',
  description:
    'The list of reports contains the parameters of each. The period is rounded outwards to whole hours, days, months or ' +
    'weeks of the zone `tz`, and a day in since and until begins at midnight there. Days of other zones than UTC are summed from roll-ups ' +
    'of hours, and where these begin at half or quarter hours, also of minutes: 400 interval_expired, when those have ' +
    'expired. `compare` puts the numbers of another period beside those of this one: after each column of numbers follow the number ' +
    'before and the change, which of a share is a difference, of other numbers relative. People appear as pseudonyms. A report that ' +
    'takes longer than 20 s, in either period, is aborted with 503 report_too_slow.',
  tags: ['reports'],
  params: strict({ name: Id }),
  querystring: reportQuery(reports),
  response: {
    200: {
      description: 'The rows of the report',
      content: {
        'application/json': { schema: ReportSchema },
        'text/html': FILE,
        'text/csv': FILE,
        'application/x-ndjson': FILE,
        'application/vnd.apache.parquet': FILE,
      },
    },
  },
})

/** The format, the period to compare with, and the texts of the parameters. */
type Query = { format?: 'json' | FileFormat; compare?: string } & Record<string, string>

/** Registers the routes of reports. */
export async function reportRoutes(app: App, parts: ReportParts & { own: OwnReports }): Promise<void> {
  let running = 0

  app.get('/v1/reports', { schema: listSchema }, async request => {
    const { items: own, broken } = await parts.own.read()
    const items = [...CATALOGUE, ...own].map(report => {
      const { name, question, cost, columns, isOwn = false } = report
      return { name, question, cost, own: isOwn, parameters: parametersOf(report), columns: columns.map(wireColumn) }
    })
    const { identity } = request
    return identity?.kind === 'user' && identity.roles.includes('admin') ? { items, broken } : { items }
  })

  const { items } = await parts.own.read()
  app.get('/v1/reports/:name', { schema: reportSchema([...CATALOGUE, ...items]) }, async (request, reply) => {
    const { format = 'json', compare, ...texts } = request.query as Query
    const { report, result } = await run(request.params.name, texts, compare)
    reply.header('cache-control', 'private, no-store')
    if (format === 'json') return reply.type('application/json; charset=utf-8').send(wireReport(result))
    return reply
      .type(MEDIA_TYPES[format])
      .header('content-disposition', `attachment; filename="${result.name}.${format}"`)
      .send(Readable.from(reportFile(report, result, format), { objectMode: false }))
  })

  async function run(name: string, texts: Record<string, string>, compare: string | undefined) {
    const report = findReport(name, (await parts.own.read()).items)
    if (!report) throw new Problem('not_found', { detail: 'report not found' })
    const wanted = readRequest(report, texts, compare, new Date())
    if (running === CONCURRENCY) {
      const detail = `${CONCURRENCY} reports are running already`
      throw new Problem('unavailable', { detail, headers: { 'retry-after': '5' } })
    }
    running++
    const result = await runRequest(wanted, parts, { time: TIMEOUT_MS }).finally(() => running--)
    return { report, result }
  }
}
