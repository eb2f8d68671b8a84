import type { LoggedEvent } from '../events/event.ts'
import { timeOfId } from '../events/event-id.ts'
import type { Log } from '../events/log/log.ts'
import { scanLog, type TimeRange } from '../events/log/scan.ts'
import type { Pseudonym } from '../lib/pseudonym.ts'
import { type IdCipher, unknownRowId } from './id-cipher.ts'
import { columnsOf, type Row, type Table } from './table.ts'

const columns = columnsOf({
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
})

/** Returns the table of events, in the order of time. People and sessions appear as pseudonyms, the same in all exports. */
export function eventTable(log: Pick<Log, 'read' | 'isEmpty'>, pseudonym: Pseudonym, idCipher: IdCipher): Table {
  return {
    columns,
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

  function rowOf({ _id, person, sessionId, geography, arrival: _arrival, ...event }: LoggedEvent): Row {
    return {
      id: idCipher.encryptId(_id),
      ...event,
      person: pseudonym(person),
      session: sessionId === undefined ? undefined : idCipher.hashName(sessionId),
      ...geography,
    }
  }
}
