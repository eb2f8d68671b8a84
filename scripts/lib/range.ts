import { parseArgs } from 'node:util'
import { readMoment } from '../../src/reports/report-period.ts'
import type { Hours } from '../../src/rollups/audit/verify.ts'

const DAY = 86_400_000

/**
 * `--from` and `--to` of the command line as times; the last seven days without them.
 * @throws when one of them is no time, or they are the wrong way round
 */
export function askedHours(): Hours {
  const { values } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' } } })
  const to = timeOf('--to', values.to) ?? new Date()
  const from = timeOf('--from', values.from) ?? new Date(to.getTime() - 7 * DAY)
  if (from >= to) throw new Error('--from must be before --to')
  return { from, to }
}

/** A time of the command line. @throws Error where it is none */
export function timeOf(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const time = readMoment(text)
  if (!time) throw new Error(`${name} ${text} is no time: give it as 2026-11-24 or 2026-11-24T10:00:00Z`)
  return time
}
