import type { SentEvent } from '../event.ts'
import { timeOf, uuidV7 } from './uuid.ts'

const MAX_ENTRIES = 1_000
const DAY_MS = 86_400_000
const MAX_EVENTS = 100
/** A browser sends at most 64 KiB for pages that are left. */
const MAX_BYTES = 60_000

/** An event that is not acknowledged yet. */
export interface Entry {
  event: SentEvent
  /** Whether its time is that of the device. */
  isDeviceTime?: true
}

/** Adds entries; beyond a thousand, the oldest are dropped. */
export function withEntries(entries: Entry[], more: Entry[]): Entry[] {
  return [...entries, ...more].slice(-MAX_ENTRIES)
}

/** Returns the entries that are at most a day old. @param clocks the time of the service and of the device, in Unix ms */
export function recent(entries: Entry[], clocks: { service: number; device: number }): Entry[] {
  return entries.filter(({ event, isDeviceTime }) => {
    return Math.abs(timeOf(event.id) - (isDeviceTime ? clocks.device : clocks.service)) < DAY_MS
  })
}

/** Returns the entries without some of them. */
export function without(entries: Entry[], done: Entry[]): Entry[] {
  const ids = new Set(done.map(({ event }) => event.id))
  return entries.filter(({ event }) => !ids.has(event.id))
}

/** Returns the first entries that one request may have: up to 100, in 60 kB, whose times are by the same clock. */
export function firstBatch(entries: Entry[]): Entry[] {
  const [first] = entries
  let bytes = 0
  const end = entries.slice(0, MAX_EVENTS).findIndex(({ event, isDeviceTime }, index) => {
    bytes += new TextEncoder().encode(JSON.stringify(event)).length + 1
    return isDeviceTime !== first?.isDeviceTime || (index > 0 && bytes > MAX_BYTES)
  })
  return entries.slice(0, end < 0 ? MAX_EVENTS : end)
}

/** Returns the body of a request. With the device's time at sending, the service corrects the times that the device has set. */
export function bodyOf(batch: Entry[], deviceTime: number): string {
  const events = batch.map(({ event }) => event)
  return JSON.stringify(batch[0]?.isDeviceTime ? { sentAt: new Date(deviceTime).toISOString(), events } : events)
}

/** Returns an entry that was never sent, with the time of the service. @param ahead by how much that is ahead of the device, in ms */
export function corrected({ event, isDeviceTime }: Entry, ahead: number): Entry {
  return { event: isDeviceTime ? { ...event, id: uuidV7(timeOf(event.id) + ahead) } : event }
}
