import { onceEach } from '../../src/events/log/log.ts'
import type { Report, ReportParams } from '../../src/reports/report.ts'

/** The pipeline of a report as one pastes it into mongosh; on the log each event once, in whichever layout it is. */
export function inMongosh({ name, collection, pipeline, finish }: Report, asked: ReportParams): string {
  const [first = {}, ...rest] = pipeline(asked)
  const stages = collection === 'events' ? [first, ...onceEach, ...rest] : [first, ...rest]
  const lines = stages.map(stage => `  ${literal(stage)},`)
  const note = finish ? `// ${name}; the report makes its rows of what this gives\n` : `// ${name}\n`
  return `${note}db.${collection}.aggregate([\n${lines.join('\n')}\n])`
}

/** JSON with times as mongosh writes them. */
function literal(value: unknown): string {
  if (value instanceof Date) return `ISODate(${JSON.stringify(value.toISOString())})`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return `{ ${entries.map(([key, inner]) => `${JSON.stringify(key)}: ${literal(inner)}`).join(', ')} }`
}
