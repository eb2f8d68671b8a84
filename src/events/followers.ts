import { CURRENT_READ } from '../database/connect.ts'
import type { LoggedEvent } from './event.ts'
import type { Log } from './log.ts'

/** Somebody who is told of stored events before their senders are answered; telling it again changes nothing. */
export interface Follower {
  wants(event: LoggedEvent): boolean
  follow(events: LoggedEvent[]): Promise<void>
}

/** Tells the followers what was stored. Of an identity that stood already they get the event that stands. */
export async function tellFollowers(
  events: LoggedEvent[],
  { refused, standing }: { refused: ReadonlyMap<number, unknown>; standing: ReadonlySet<number> },
  { log, followers }: { log: Pick<Log, 'read'>; followers: Follower[] },
): Promise<void> {
  for (const follower of followers) {
    const wanted = [...events.entries()].filter(([index, event]) => !refused.has(index) && follower.wants(event))
    const fresh = wanted.flatMap(([index, event]) => (standing.has(index) ? [] : [event]))
    const known = wanted.flatMap(([index, event]) => (standing.has(index) ? [event] : []))
    const stored = [...fresh, ...(await readBack(known, log)).filter(event => follower.wants(event))]
    if (stored.length > 0) await follower.follow(stored)
  }
}

async function readBack(events: LoggedEvent[], log: Pick<Log, 'read'>): Promise<LoggedEvent[]> {
  if (events.length === 0) return []
  const all = <Field extends '_id' | 'imageId' | 'at'>(field: Field) => ({ $in: events.map(event => event[field]) })
  const match = { imageId: all('imageId'), at: all('at'), _id: all('_id') }
  return log.read(match, [], CURRENT_READ).toArray()
}
