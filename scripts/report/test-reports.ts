import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { mongo } from 'mongoose'
import { type OwnReportList, TEST_EXTENSION } from '../../src/reports/own/own-reports.ts'
import type { Report, Row } from '../../src/reports/report.ts'
import { testReport } from './report-test.ts'

/**
 * Runs the tests of the own reports of a folder, and writes a line for each report.
 * @returns whether all that have a test passed it, and no file is broken
 */
export async function testReports(
  { items, broken }: OwnReportList,
  folder: string,
  client: mongo.MongoClient,
  write: (text: string) => Promise<void>,
): Promise<boolean> {
  let passed = broken.length === 0
  for (const report of items) {
    const text = await readFile(join(folder, `${report.name}${TEST_EXTENSION}`), 'utf8').catch(() => undefined)
    const fault = text === undefined ? undefined : await faultOf(report, text, client)
    if (fault !== undefined) passed = false
    const word = text === undefined ? 'no test' : fault === undefined ? 'ok' : 'not ok'
    await write(`${word.padEnd(8)}${report.name}${fault ?? ''}\n`)
  }
  return passed
}

/** Returns why a test failed, to follow the name of its report; undefined when it passed. */
async function faultOf(report: Report, text: string, client: mongo.MongoClient): Promise<string | undefined> {
  try {
    const difference = await testReport(report, JSON.parse(text), client)
    return difference && `\n  expected\n${linesOf(difference.expected)}\n  got\n${linesOf(difference.got)}`
  } catch (error) {
    return `: ${(error as Error).message}`
  }
}

function linesOf(rows: Row[]): string {
  return rows.map(row => `    ${JSON.stringify(row)}`).join('\n')
}
