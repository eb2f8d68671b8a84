import { fieldProblem } from '../errors.ts'

/** The last year whose end can still be written with four digits. */
const END = Date.UTC(9999, 0)

/**
 * The time that a text of the format `date-time` means.
 * @param pointer the field that it came in
 * @throws Problem where it means none: a leap second is a time by RFC 3339 and none to a Date
 */
export function timeOf(pointer: string, text: string): Date {
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) throw fieldProblem(pointer, 'is no time')
  if (time.getTime() >= END) throw fieldProblem(pointer, 'lies too far ahead')
  return time
}
