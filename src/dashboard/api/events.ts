import { ask } from './ask.ts'
import { Problem } from './problem.ts'
import { me } from './session.ts'
import type { EventType } from './types.ts'
import { uuidV7 } from './uuid.ts'

/** What an account did with an image. */
export interface Deed {
  imageId: string
  type: Extract<EventType, 'view' | 'dwell' | 'download' | 'share'>
  /** How long it looked, for `dwell`. */
  durationMs?: number
}

/** How long to wait before an event is sent again. */
const WAITS_MS = [1_000, 5_000, 30_000]
/** No answer, too many requests, or a service that is busy: the event may arrive later. */
const PASSING = [0, 429, 503]

/**
 * Tells the service what the account did; nothing when nobody is signed in. An event is sent again with the same id when there is no
 * answer, so that it counts once.
 */
export async function tell(deed: Deed): Promise<void> {
  if (me.value === null) return
  const event = { id: uuidV7(), ...deed }
  for (const wait of [...WAITS_MS, undefined]) {
    try {
      // With the time of sending, the service corrects the times of a browser whose clock is wrong.
      const json = { sentAt: new Date().toISOString(), events: [event] }
      return await ask('POST', '/v1/events', { json, keepalive: true })
    } catch (error) {
      if (!(error instanceof Problem && PASSING.includes(error.status)) || wait === undefined) return
      await new Promise(resolve => setTimeout(resolve, wait))
    }
  }
}
