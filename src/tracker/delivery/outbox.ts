import type { SentEvent } from '../event.ts'
import { isOfDevice, timeOf } from './uuid.ts'

const MAX_EVENTS = 1_000
const DAY_MS = 86_400_000
const MAX_BATCH = 100
/** A browser sends at most 64 KiB for pages that are left. */
const MAX_BYTES = 60_000

/** Adds events; beyond a thousand, the oldest are dropped. */
export function withEvents(events: SentEvent[], more: SentEvent[]): SentEvent[] {
  return [...events, ...more].slice(-MAX_EVENTS)
}

/** Returns the events that are at most a day old. @param service, device their times in Unix ms */
export function recent(events: SentEvent[], service: number, device: number): SentEvent[] {
  return events.filter(({ id }) => Math.abs(timeOf(id) - (isOfDevice(id) ? device : service)) < DAY_MS)
}

/** Returns the events without some of them. */
export function without(events: SentEvent[], others: SentEvent[]): SentEvent[] {
  const ids = new Set(others.map(({ id }) => id))
  return events.filter(({ id }) => !ids.has(id))
}

/** Returns the first events that one request may have: up to 100, in 60 kB, whose times are by the same clock. */
export function firstBatch(events: SentEvent[]): SentEvent[] {
  let bytes = 0
  const end = events.findIndex((event, index) => {
    bytes += new TextEncoder().encode(JSON.stringify(event)).length + 1
    const fits = index < MAX_BATCH && bytes < MAX_BYTES && isOfDevice(event.id) === isOfDevice(events[0]?.id ?? '')
    return index > 0 && !fits
  })
  return end < 0 ? events : events.slice(0, end)
}

/** Returns the body of a request. With the device's time at sending, the service corrects the times that the device has set. */
export function bodyOf(batch: SentEvent[], deviceTime: number): string {
  const isDeviceTime = batch[0] && isOfDevice(batch[0].id)
  return JSON.stringify(isDeviceTime ? { sentAt: new Date(deviceTime).toISOString(), events: batch } : batch)
}
