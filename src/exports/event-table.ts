import type { LoggedEvent } from '../events/event.ts'
import { timeOfId } from '../events/event-id.ts'
import type { Log } from '../events/log/log.ts'
import { scanLog, type TimeRange } from '../events/log/scan.ts'
import { startOf } from '../events/marks/buckets.ts'
import type { Pseudonym } from '../lib/pseudonym.ts'
import { type IdCipher, unknownRowId } from './id-cipher.ts'
import { columnsOf, type Row, type Table } from './table.ts'

export const EVENT_COLUMNS = columnsOf({
  id: 'STRING',
  at: 'TIMESTAMP',
  imageId: 'STRING',
  type: 'STRING',
  person: 'STRING',
  durationMs: 'INT32',
  depth: 'DOUBLE',
  scale: 'DOUBLE',
  value: 'INT32',
  tag: 'STRING',
  position: 'INT32',
  listId: 'STRING',
  session: 'STRING',
  country: 'STRING',
  region: 'STRING',
  city: 'STRING',
  context: 'JSON',
  automated: 'BOOLEAN',
  pixel: 'BOOLEAN',
})

/** Returns the table of events, in the order of time. */
export function eventTable(log: Pick<Log, 'read' | 'isEmpty'>, pseudonym: Pseudonym, idCipher: IdCipher): Table {
  const rowOf = eventRow(pseudonym, idCipher)
  return {
    columns: EVENT_COLUMNS,
    rows(range, after) {
      return rows(range, after === undefined ? undefined : positionOf(after, range))
    },
  }

  function positionOf(after: string, { from, to }: TimeRange): string {
    const id = /^[0-9a-f]{32}$/.test(after) ? idCipher.decryptId(after) : undefined
    if (id === undefined || timeOfId(id) < from || timeOfId(id) >= to) throw unknownRowId()
    return id
  }

  async function* rows(range: TimeRange, after?: string): AsyncGenerator<Row[]> {
    for await (const events of scanLog(log, range, after)) yield events.map(rowOf)
  }
}

/**
 * Returns the conversion of events to rows. People and sessions appear as pseudonyms, the same in all exports. An event of a comment has
 * the hour instead of its time, and neither a person nor a session or location.
 */
export function eventRow(pseudonym: Pseudonym, idCipher: IdCipher): (event: LoggedEvent) => Row {
  return logged => {
    const { _id, person, sessionId, geography, arrival: _arrival, ...event } = logged
    const id = idCipher.encryptId(_id)
    // Comments are public, with author and time: a row with both a pseudonym and one of the two would tell whose pseudonym it is.
    if (event.type === 'comment') return { id, at: startOf('hour', event.at), imageId: event.imageId, type: event.type }
    return {
      id,
      ...event,
      person: pseudonym(person),
      session: sessionId === undefined ? undefined : idCipher.hashName(sessionId),
      ...geography,
    }
  }
}
