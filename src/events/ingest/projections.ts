import { CURRENT_READ } from '../../database/connect.ts'
import type { LoggedEvent } from '../event.ts'
import type { Log } from '../log/log.ts'

/** State that is derived from the event log and updated before the sender is answered. Updates are idempotent. */
export interface Projection {
  handles(event: LoggedEvent): boolean
  update(events: LoggedEvent[]): Promise<void>
}

/** Updates the projections with the stored events. Where an `_id` existed already, they get the event that is in the log. */
export async function updateProjections(
  events: LoggedEvent[],
  { refused, existing }: { refused: ReadonlyMap<number, unknown>; existing: ReadonlySet<number> },
  { log, projections }: { log: Pick<Log, 'read'>; projections: Projection[] },
): Promise<void> {
  for (const projection of projections) {
    const wanted = [...events.entries()].filter(([index, event]) => !refused.has(index) && projection.handles(event))
    const fresh = wanted.flatMap(([index, event]) => (existing.has(index) ? [] : [event]))
    const known = wanted.flatMap(([index, event]) => (existing.has(index) ? [event] : []))
    const stored = [...fresh, ...(await readBack(known, log)).filter(event => projection.handles(event))]
    if (stored.length > 0) await projection.update(stored)
  }
}

async function readBack(events: LoggedEvent[], log: Pick<Log, 'read'>): Promise<LoggedEvent[]> {
  if (events.length === 0) return []
  const all = <Field extends '_id' | 'imageId' | 'at'>(field: Field) => ({ $in: events.map(event => event[field]) })
  const match = { imageId: all('imageId'), at: all('at'), _id: all('_id') }
  return log.read(match, [], CURRENT_READ).toArray()
}
