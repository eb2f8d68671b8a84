import { readMoment } from '../../src/reports/report-period.ts'
import type { Hours } from '../../src/rollups/audit/verify.ts'
import { readCommand, refuseWords } from './command.ts'

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 7

/** Reads the options `--from` and `--to` of a command; the default is the last seven days. Ends the process as `readCommand` does. */
export function readHours(help: string): Hours {
  const text = { type: 'string' } as const
  return readCommand(help, { from: text, to: text }, (values, words) => {
    refuseWords(words)
    return hoursIn(values)
  })
}

/**
 * Returns the range of the options `--from` and `--to`.
 * @param days what begins so many days before the end, if `--from` is missing
 * @throws Error when one is not a time, or they are in the wrong order
 */
export function hoursIn(options: { from?: string | undefined; to?: string | undefined }, days = DEFAULT_DAYS): Hours {
  const to = readTime('--to', options.to) ?? new Date()
  const from = readTime('--from', options.from) ?? new Date(to.getTime() - days * DAY_MS)
  if (from >= to) throw new Error('--from must be before --to')
  return { from, to }
}

/** Reads a time of the command line; undefined if it is missing. @throws Error when it is not a time */
export function readTime(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const time = readMoment(text)
  if (!time) throw new Error(`${name} must be a time such as 2026-11-24 or 2026-11-24T10:00:00Z, not ${text}`)
  return time
}
