import { fieldProblem } from '../errors.ts'

/** The year 9999 is excluded: the end of a range that begins in it could not be written with a year of four digits. */
const MAX_TIME_MS = Date.UTC(9999, 0)

/**
 * Parses a text of the format `date-time`.
 * @param pointer the field that contains it
 * @throws Problem `invalid_request` when a Date can not hold it, such as a leap second, or from the year 9999 on
 */
export function timeOf(pointer: string, text: string): Date {
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) throw fieldProblem(pointer, 'is not a time that exists')
  if (time.getTime() >= MAX_TIME_MS) throw fieldProblem(pointer, 'must be before the year 9999')
  return time
}
