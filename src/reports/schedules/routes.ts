import { Type } from '@fastify/type-provider-typebox'
import { Id, orNull, strict, Time } from '../../http/schemas.ts'
import type { App } from '../../http/server.ts'
import type { ReportParts } from '../run-report.ts'
import type { ScheduledReports } from './scheduled-reports.ts'
import { lastRuns } from './scheduled-run.ts'

const resultsSchema = {
  operationId: 'listReportResults',
  summary: 'List the scheduled runs of a report',
  description: 'The last 100 runs of 90 days, the newest first. The files are in the folders of the schedules.',
  tags: ['reports'],
  params: strict({ name: Id }),
  response: {
    200: Type.Object({
      items: Type.Array(
        Type.Object({
          schedule: Type.String(),
          at: Type.String({ format: 'date-time', description: 'the time for which the run was scheduled' }),
          startedAt: Time,
          tookMs: Type.Integer(),
          file: orNull(Type.String()),
          rows: orNull(Type.Integer()),
          fault: orNull(Type.String({ description: 'why there is no file' })),
        }),
      ),
    }),
  },
}

const schedulesSchema = {
  operationId: 'listSchedules',
  summary: 'List the schedules of reports',
  description: 'For admins. `broken` are the files that are not schedules, and why.',
  tags: ['reports'],
  response: {
    200: Type.Object({
      items: Type.Array(
        Type.Object({
          name: Type.String(),
          report: Type.String(),
          cron: Type.String(),
          timezone: Type.String(),
          format: Type.String(),
          folder: Type.String(),
          nextAt: orNull(Time),
        }),
      ),
      broken: Type.Array(Type.Object({ file: Type.String(), fault: Type.String() })),
    }),
  },
}

/** Registers the routes of scheduled reports. */
export async function scheduleRoutes(
  app: App,
  { db, scheduled }: Pick<ReportParts, 'db'> & { scheduled: ScheduledReports },
): Promise<void> {
  app.get('/v1/reports/:name/results', { schema: resultsSchema }, async request => {
    const runs = await lastRuns(db, request.params.name)
    return {
      items: runs.map(({ _id, startedAt, took, file = null, rows = null, fault = null }) => ({
        schedule: _id.schedule,
        at: _id.at.toISOString(),
        startedAt: startedAt.toISOString(),
        tookMs: took,
        file,
        rows,
        fault,
      })),
    }
  })

  app.get('/v1/schedules', { schema: schedulesSchema }, async () => {
    const { items, broken } = await scheduled.schedules.read()
    return {
      items: items.map(({ name, report, cron, format, folder }) => ({
        name,
        report,
        cron: cron.getPattern() ?? '',
        timezone: cron.options.timezone ?? 'UTC',
        format,
        folder,
        nextAt: cron.nextRun()?.toISOString() ?? null,
      })),
      broken,
    }
  })
}
