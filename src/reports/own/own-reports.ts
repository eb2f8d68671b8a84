import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { mongo } from 'mongoose'
import { limitedTo } from '../../database/time-limits.ts'
import { isRefusal } from '../../database/unavailability.ts'
import { findReport } from '../catalogue.ts'
import { readParams } from '../params.ts'
import type { Report } from '../report.ts'
import { PipelineFault } from './bind-pipeline.ts'
import { ownReport, ReportFault } from './own-report.ts'

const EXTENSION = '.json'
const MAX_FILES = 200
const MAX_FILE_BYTES = 256 * 1024
const CHECK_MS = 10_000
/** An empty collection, on which pipelines are tried. */
const NOWHERE = 'reportCheck'

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

/** The reports of other people: the files of a folder, which may change at any time. */
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
    const state = files.map(({ path, changed, bytes }) => `${path} ${changed} ${bytes}`).join('\n')
    if (state === this.#state) return this.#list
    const list: OwnReportList = { reports: [], broken: [] }
    for (const file of files) {
      try {
        list.reports.push(await this.#reportOf(file))
      } catch (error) {
        if (!isFault(error)) throw error
        list.broken.push({ file: basename(file.path), fault: error.message })
        logger.warn({ file: file.path }, `${file.path} is not a report: ${error.message}`)
      }
    }
    this.#state = state
    this.#list = list
    return list
  }

  /** @throws an error that `isFault` recognizes */
  async #reportOf({ path, bytes }: FoundFile): Promise<Report> {
    if (bytes > MAX_FILE_BYTES) throw new ReportFault(`is larger than ${MAX_FILE_BYTES} bytes`)
    const report = ownReport(JSON.parse(await readFile(path, 'utf8')))
    const name = basename(path, EXTENSION)
    if (report.name !== name) throw new ReportFault(`/name must be ${name}, like the file`)
    if (findReport(name)) throw new ReportFault(`/name is the name of a built-in report`)
    const stages = report.pipeline(readParams(report, {}, new Date()), '')
    await this.#parts.db?.collection(NOWHERE).aggregate(stages, limitedTo(CHECK_MS)).toArray()
    return report
  }
}

interface FoundFile {
  path: string
  changed: number
  bytes: number
}

async function filesOf(folder: string): Promise<FoundFile[]> {
  const names = await readdir(folder).catch(error => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const paths = names.filter(name => name.endsWith(EXTENSION)).sort()
  return Promise.all(
    paths.slice(0, MAX_FILES).map(async name => {
      const path = join(folder, name)
      const { mtimeMs, size } = await stat(path)
      return { path, changed: mtimeMs, bytes: size }
    }),
  )
}

/** Whether an error says what is wrong with a report, not that the database is out of reach. */
function isFault(error: unknown): error is Error {
  return (
    error instanceof ReportFault || error instanceof PipelineFault || error instanceof SyntaxError || isRefusal(error)
  )
}
