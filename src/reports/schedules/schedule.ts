import { readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { type Static, Type } from '@fastify/type-provider-typebox'
import { Cron } from 'croner'
import { Compile } from 'typebox/compile'
import { oneOf, strict } from '../../http/schemas.ts'
import { findReport } from '../catalogue.ts'
import { faultIn, faultOf } from '../definition-folder.ts'
import { REPORT_NAME } from '../own/own-report.ts'
import type { OwnReports } from '../own/own-reports.ts'
import { readParams } from '../params.ts'
import { FILE_FORMATS, type FileFormat } from '../report-file.ts'

/** The content of a file with a schedule. */
const ScheduleFile = strict({
  cron: Type.String({ maxLength: 100 }),
  timezone: Type.Optional(Type.String({ maxLength: 100 })),
  report: Type.String({ maxLength: 100 }),
  parameters: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 100 }))),
  format: Type.Optional(oneOf(FILE_FORMATS)),
  folder: Type.String({ minLength: 1 }),
})
const validator = Compile(ScheduleFile)

/** When a report is run, and where the file with its rows is put. */
export interface Schedule {
  /** The name of its file, without the extension. */
  name: string
  cron: Cron
  report: string
  /** The texts of the parameters. */
  parameters: Record<string, string>
  format: FileFormat
  folder: string
}

/** Loads the schedule of a file. The folder for the results is relative to that of the file. @throws Problem or SyntaxError */
export async function loadSchedule(path: string, reports: OwnReports): Promise<Schedule> {
  const content: unknown = JSON.parse(await readFile(path, 'utf8'))
  const fault = faultIn(validator, content)
  if (fault !== undefined) throw faultOf(fault)
  const {
    cron,
    timezone = 'UTC',
    report,
    parameters = {},
    format = 'html',
    folder,
  } = content as Static<typeof ScheduleFile>
  const name = basename(path, '.json')
  // Schedules are named like reports: the files of results begin with the name.
  if (!REPORT_NAME.test(name)) throw faultOf('must have a name of small letters, digits and hyphens')
  const found = findReport(report, (await reports.read()).items)
  if (!found) throw faultOf('/report is not a report')
  readParams(found, parameters, new Date())
  return { name, cron: cronOf(cron, timezone), report, parameters, format, folder: resolve(dirname(path), folder) }
}

function cronOf(pattern: string, timezone: string): Cron {
  try {
    const cron = new Cron(pattern, { timezone, paused: true })
    // Computing a run finds unknown time zones.
    if (cron.nextRun()) return cron
  } catch (error) {
    throw faultOf(`/cron or /timezone: ${(error as Error).message}`)
  }
  throw faultOf('/cron never comes')
}
