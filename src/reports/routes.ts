import { Readable } from 'node:stream'
import { Type } from '@fastify/type-provider-typebox'
import { Problem } from '../errors.ts'
import { Id, strict } from '../http/schemas.ts'
import type { App } from '../http/server.ts'
import { csvLines } from '../lib/csv.ts'
import { CATALOGUE, findReport } from './catalogue.ts'
import { readParams } from './params.ts'
import { type ReportParts, runReport } from './run-report.ts'
import { parametersOf, ReportList, ReportQuery, ReportSchema, wireColumn, wireReport } from './schemas.ts'

/** How long a report may take here, in ms; `npm run report` has more. */
const TIME = 20_000
/** So many at a time in one process: they read a lot. */
const AT_ONCE = 3

const listSchema = {
  operationId: 'listReports',
  summary: 'The reports there are',
  tags: ['reports'],
  response: { 200: ReportList },
}

const reportSchema = {
  operationId: 'getReport',
  summary: 'Answer a report',
  description:
    'Which parameters a report takes stands in the list of reports. Times snap outwards to whole hours, days, months or weeks ' +
    'and are echoed. People are pseudonyms. A report that takes longer than 20 s is broken off: 503 report_too_slow.',
  tags: ['reports'],
  params: strict({ name: Id }),
  querystring: ReportQuery,
  response: {
    200: {
      description: 'The rows of the report',
      content: {
        'application/json': { schema: ReportSchema },
        'text/csv': { schema: Type.Unsafe<Readable>(Type.String()) },
      },
    },
  },
}

export async function reportRoutes(app: App, parts: ReportParts): Promise<void> {
  let running = 0

  app.get('/v1/reports', { schema: listSchema }, async () => ({
    items: CATALOGUE.map(report => {
      const { name, question, cost, columns } = report
      return { name, question, cost, parameters: parametersOf(report), columns: columns.map(wireColumn) }
    }),
  }))

  app.get('/v1/reports/:name', { schema: reportSchema }, async (request, reply) => {
    const { format = 'json', ...texts } = request.query as Record<string, string>
    const result = wireReport(await answer(request.params.name, texts))
    reply.header('cache-control', 'private, no-store')
    if (format === 'json') return reply.type('application/json; charset=utf-8').send(result)
    const names = result.columns.map(({ name }) => name)
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${result.name}.csv"`)
      .send(csvLines(names, Readable.from(result.rows)))
  })

  async function answer(name: string, texts: Record<string, string>) {
    const report = findReport(name)
    if (!report) throw new Problem('not_found')
    const asked = readParams(report, texts, new Date())
    if (running === AT_ONCE) {
      const detail = `${AT_ONCE} reports are being made already`
      throw new Problem('unavailable', { detail, headers: { 'retry-after': '5' } })
    }
    running++
    return runReport(report, asked, parts, { time: TIME }).finally(() => running--)
  }
}
