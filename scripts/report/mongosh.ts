import { COUNTED, onceEach } from '../../src/events/log/log.ts'
import type { Report, ReportParams } from '../../src/reports/report.ts'

/** Stands for the key of the people in own reports, which is secret. */
const NO_KEY = 'a secret text'

/** Returns the pipeline of a report as a mongosh command. On the event log it leaves out duplicates and events that do not count. */
export function inMongosh({ name, collection, pipeline, finish }: Report, params: ReportParams): string {
  const [first = {}, ...rest] = pipeline(params, NO_KEY)
  const counted = { $match: { ...first.$match, ...COUNTED } }
  const stages = collection === 'events' ? [counted, ...onceEach, ...rest] : [first, ...rest]
  const lines = stages.map(stage => `  ${literal(stage)},`)
  const note = finish ? `// ${name}; the report computes its rows from this result\n` : `// ${name}\n`
  return `${note}db.${collection}.aggregate([\n${lines.join('\n')}\n])`
}

/** Returns a value as JSON in which times are `ISODate(...)`. */
function literal(value: unknown): string {
  if (value instanceof Date) return `ISODate(${JSON.stringify(value.toISOString())})`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return `{ ${entries.map(([key, inner]) => `${JSON.stringify(key)}: ${literal(inner)}`).join(', ')} }`
}
