import type { mongo } from 'mongoose'
import { sendUpserts } from '../../database/writes.ts'
import type { Log } from './log.ts'

interface TypedIds {
  _id: string
  since: Date
}

const ID = 'typedIds'
/** Time for an upgrade of several processes, and for events whose time lies ahead. */
const UPGRADE_MS = 3_600_000
const ALL_TIME = { from: new Date(0), to: new Date(8.64e15) }

/**
 * Returns the time since which the ids of events contain the type. Earlier versions made ids without it; an event from before that
 * time gets such an id still, so that one which they have stored counts once when it is sent again. The time is set at the first
 * start: an hour ahead where the log has events, else to the beginning.
 */
export async function typedIdsSince(db: mongo.Db, log: Pick<Log, 'isEmpty'>): Promise<Date> {
  const since = (await log.isEmpty(ALL_TIME)) ? ALL_TIME.from : new Date(Date.now() + UPGRADE_MS)
  await sendUpserts(db, 'leases', [{ q: { _id: ID }, u: { $setOnInsert: { since } } }])
  const kept = await db.collection<TypedIds>('leases').findOne({ _id: ID })
  if (!kept) throw new Error('reading the time of typed ids failed')
  return kept.since
}
