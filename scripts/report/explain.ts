import type { mongo } from 'mongoose'
import { limitedTo } from '../../src/database/time-limits.ts'
import type { Report, ReportParams } from '../../src/reports/report.ts'
import { openReport, type ReportParts } from '../../src/reports/run-report.ts'

/** Documents are not counted for longer. */
const COUNT_TIMEOUT_MS = 5_000
/** Stages of plans that read all documents, or those that an index finds. */
const SCAN = /^(COLLSCAN|.*IXSCAN.*)$/

/** Returns what a report would read, as text: the indexes, and the number of documents, of those that its first stage matches and of all. */
export async function explain(report: Report, params: ReportParams, parts: ReportParts): Promise<string> {
  const plan = await openReport(report, params, parts, {}).explain('queryPlanner')
  const scans = new Set(
    scansIn(plan).map(({ stage, indexName }) => (stage === 'COLLSCAN' ? 'all documents' : `the index ${indexName}`)),
  )
  const [first] = report.pipeline(params, parts.personKey)
  const collection = parts.db.collection(report.collection)
  const matching = await collection
    .countDocuments(first?.$match ?? {}, limitedTo(COUNT_TIMEOUT_MS))
    .then(count => count.toLocaleString('en'))
    .catch(() => 'too many to count')
  const all = (await collection.estimatedDocumentCount()).toLocaleString('en')
  return [
    `${report.name} reads ${report.collection}: ${[...scans].join(' and ') || 'by a plan without a scan'}`,
    `documents: ${matching}, of about ${all}`,
    report.cost,
    '',
  ].join('\n')
}

/** Returns the scans of a plan, wherever the database puts them. */
function scansIn(plan: unknown): mongo.Document[] {
  if (Array.isArray(plan)) return plan.flatMap(scansIn)
  if (typeof plan !== 'object' || plan === null) return []
  const node = plan as mongo.Document
  // Plans that were not chosen, and the command itself, have stages as well.
  const { rejectedPlans: _, command: _c, ...parts } = node
  const inside = Object.values(parts).flatMap(scansIn)
  return typeof node.stage === 'string' && SCAN.test(node.stage) ? [node, ...inside] : inside
}
