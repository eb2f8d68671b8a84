import type { mongo } from 'mongoose'
import { limitedTo } from '../../database/time-limits.ts'
import { findReport } from '../catalogue.ts'
import { DefinitionFolder, type Definitions } from '../definition-folder.ts'
import { readParams } from '../params.ts'
import type { Report } from '../report.ts'
import { loadReport } from './load-report.ts'
import { ReportFault } from './report-fault.ts'

const EXTENSIONS = ['.json', '.mjs'] as const
/** Beside a report may be its test, for `npm run report -- --test`. */
export const TEST_EXTENSION = '.test.json'
const CHECK_TIMEOUT_MS = 10_000
/** An empty collection, on which pipelines are tried. */
const EMPTY_COLLECTION = 'reportCheck'

export type OwnReports = DefinitionFolder<Report>
export type OwnReportList = Definitions<Report>

/** Returns the own reports of a folder. @param db where pipelines are tried; without it only their form is checked */
export function ownReportsIn(
  folder: string,
  { db, logger }: { db?: mongo.Db; logger: { warn(parts: object, message: string): void } },
): OwnReports {
  return new DefinitionFolder({
    folder,
    kind: 'report',
    isDefinition: file => EXTENSIONS.some(extension => file.endsWith(extension)) && !file.endsWith(TEST_EXTENSION),
    load: async (path, others) => {
      const report = await loadReport(path)
      const stages = report.pipeline(readParams(report, {}, new Date()), '')
      await db?.collection(EMPTY_COLLECTION).aggregate(stages, limitedTo(CHECK_TIMEOUT_MS)).toArray()
      if (findReport(report.name, others)) throw new ReportFault('/name is the name of another report')
      return report
    },
    logger,
  })
}
