import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Report } from '../report.ts'
import { ownReport } from './own-report.ts'
import { ReportFault } from './report-fault.ts'

const MAX_FILE_BYTES = 256 * 1024

/**
 * Loads the own report of a JSON file or a module, again each time that the file has changed.
 * @throws ReportFault, a SyntaxError of JSON, or the error of reading the file
 */
export async function loadReport(path: string): Promise<Report> {
  if ((await stat(path)).size > MAX_FILE_BYTES) throw new ReportFault(`is larger than ${MAX_FILE_BYTES} bytes`)
  const text = await readFile(path, 'utf8')
  const report = ownReport(path.endsWith('.mjs') ? await exportOf(path, text) : JSON.parse(text))
  const name = basename(path, extname(path))
  if (report.name !== name) throw new ReportFault(`/name must be ${name}, like the file`)
  return report
}

/** Returns what a module exports by default. */
async function exportOf(path: string, text: string): Promise<unknown> {
  // A module is loaded once for each URL, so a changed one needs another.
  const url = `${pathToFileURL(path)}?${createHash('sha256').update(text).digest('hex')}`
  const module = await import(url).catch(error => {
    throw new ReportFault(`can not be loaded: ${error instanceof Error ? error.message : error}`)
  })
  return module.default
}
