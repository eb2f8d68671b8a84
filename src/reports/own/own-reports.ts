import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { mongo } from 'mongoose'
import { limitedTo } from '../../database/time-limits.ts'
import { isRefusal } from '../../database/unavailability.ts'
import { findReport } from '../catalogue.ts'
import { readParams } from '../params.ts'
import type { Report } from '../report.ts'
import { loadReport } from './load-report.ts'
import { ReportFault } from './report-fault.ts'

const EXTENSIONS = ['.json', '.mjs'] as const
/** Beside a report may be its test, for `npm run report -- --test`. */
export const TEST_EXTENSION = '.test.json'
const MAX_FILES = 200
const CHECK_TIMEOUT_MS = 10_000
/** An empty collection, on which pipelines are tried. */
const EMPTY_COLLECTION = 'reportCheck'

/** A file that is not a report, and why. */
export interface BrokenReport {
  file: string
  fault: string
}

/** The reports of a folder. */
export interface OwnReportList {
  reports: Report[]
  broken: BrokenReport[]
}

interface Parts {
  /** May be absent. */
  folder: string
  /** Where pipelines are tried; without it only their form is checked. */
  db?: mongo.Db
  logger: { warn(parts: object, message: string): void }
}

/** The own reports: the files of a folder, which may change at any time. */
export class OwnReports {
  readonly #parts: Parts
  #state: string | undefined
  #list: OwnReportList = { reports: [], broken: [] }
  #reading: Promise<OwnReportList> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Returns the reports, read again if a file has changed. Each change logs the files that are not reports. */
  read(): Promise<OwnReportList> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(): Promise<OwnReportList> {
    const { folder, logger } = this.#parts
    const files = await filesOf(folder)
    const state = JSON.stringify(files)
    if (state === this.#state) return this.#list
    const list: OwnReportList = { reports: [], broken: [] }
    for (const [i, { path }] of files.entries()) {
      try {
        if (i >= MAX_FILES) throw new ReportFault(`is one too many: a folder has up to ${MAX_FILES} reports`)
        const report = await this.#reportOf(path)
        if (findReport(report.name, list.reports)) throw new ReportFault('/name is the name of another report')
        list.reports.push(report)
      } catch (error) {
        if (!isFault(error)) throw error
        list.broken.push({ file: basename(path), fault: error.message })
        logger.warn({ file: path }, `${path} is not a report: ${error.message}`)
      }
    }
    this.#state = state
    this.#list = list
    return list
  }

  /** Loads a report, and tries its pipeline. @throws an error that `isFault` recognizes */
  async #reportOf(path: string): Promise<Report> {
    const report = await loadReport(path)
    const stages = report.pipeline(readParams(report, {}, new Date()), '')
    await this.#parts.db?.collection(EMPTY_COLLECTION).aggregate(stages, limitedTo(CHECK_TIMEOUT_MS)).toArray()
    return report
  }
}

/** Returns the files of a folder in the order of their names, and when each was changed. A folder that can not be read stands for itself. */
async function filesOf(folder: string): Promise<{ path: string; changed: number | undefined }[]> {
  const names = await readdir(folder).catch(error => (error.code === 'ENOENT' ? [] : ['']))
  const paths = names
    .filter(isReport)
    .sort()
    .map(name => join(folder, name))
  return Promise.all(paths.map(async path => ({ path, changed: (await stat(path).catch(() => undefined))?.mtimeMs })))
}

function isReport(name: string): boolean {
  return name === '' || (EXTENSIONS.some(extension => name.endsWith(extension)) && !name.endsWith(TEST_EXTENSION))
}

/** Whether an error says what is wrong with a report or its file, not that the database is out of reach. */
function isFault(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const isOfFile = 'syscall' in error
  const isOfReport = error instanceof ReportFault || error instanceof SyntaxError
  return isOfFile || isOfReport || isRefusal(error)
}
