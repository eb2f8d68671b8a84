import type { Interval } from '../line.ts'

const TIME = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const MONTH = new Intl.DateTimeFormat(undefined, { month: 'short', year: 'numeric' })

/** Returns the labels of times on an axis: a day where one begins, else the time of day. @param times in seconds */
export function timeLabels(times: readonly number[], interval: Interval): string[] {
  return times.map(seconds => {
    const time = new Date(seconds * 1000)
    if (interval === 'month') return MONTH.format(time)
    const isMidnight = time.getHours() === 0 && time.getMinutes() === 0
    if (isMidnight) return DAY.format(time)
    return interval === 'minute' || interval === 'hour' ? TIME.format(time) : ''
  })
}
