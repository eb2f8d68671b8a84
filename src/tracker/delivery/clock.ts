import { service } from '../settings.ts'

/** A larger change between the two clocks of the device means that it has slept, or that its clock was set. */
const DRIFT_MS = 5_000

/** What the clock of this page is behind the service; undefined while that is not known. */
let behind: number | undefined
/** What it was behind the clock of the device then. */
let behindDevice = 0

/** Whether the time of the service is known. */
export function isTimeKnown(): boolean {
  return behind !== undefined
}

/** Returns the time of the service in Unix ms; that of the device while it is not known. */
export function now(): number {
  return behind === undefined ? Date.now() : performance.now() + behind
}

/** Asks for the time of the service, unless it is known. Where it can not be asked, the device's clock stands in for it. */
export async function learnTime(): Promise<void> {
  const sent = performance.now()
  const device = Date.now() - sent
  if (behind !== undefined && Math.abs(device - behindDevice) < DRIFT_MS) return
  try {
    const response = await fetch(`${service}/v1/time`)
    const middle = (sent + performance.now()) / 2
    behind = Date.parse((await response.json()).now) - middle || behind
    behindDevice = device
  } catch {
    // There is no answer.
  }
}
