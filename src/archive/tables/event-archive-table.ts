import type { LoggedEvent } from '../../events/event.ts'
import { EVENT_COLUMNS, eventRow } from '../../exports/event-table.ts'
import { IdCipher } from '../../exports/id-cipher.ts'
import type { Values } from '../../exports/table.ts'
import { pseudonyms } from '../../lib/pseudonym.ts'
import { Seal } from '../seal.ts'
import { type ArchiveTable, described, presentIn } from './archive-table.ts'

const DESCRIPTIONS = {
  id: 'id of the event, encrypted as in exports',
  at: 'when it happened; of a comment the hour',
  imageId: 'the image',
  type: 'what happened',
  person: 'pseudonym of who acted, the same as in exports; null for a comment',
  durationMs: 'duration of a dwell',
  depth: 'depth of a scroll, 0 to 1',
  scale: 'scale of a zoom',
  value: 'value of a rating, 1 to 5',
  tag: 'the tag that was set or removed',
  position: 'position in the list',
  listId: 'the list',
  session: 'keyed hash of the session, the same as in exports',
  country: 'country, ISO 3166-1 alpha-2',
  region: 'region',
  city: 'city',
  context: 'what the app added',
  automated: 'true for crawlers and prefetches, which are not counted',
  pixel: 'true for what the pixel reported',
  sealed: 'what the other columns hide, encrypted with `DATA_SECRET`; only `restore` and erasures read it',
}

/** What a row does not show; of a comment nearly everything. */
type Hidden = Omit<Partial<LoggedEvent>, 'at'> & { person: string; at?: string }

/** Returns the table of events: the rows of exports, and what these hide, sealed. */
export function eventArchiveTable(secret: string): ArchiveTable<LoggedEvent> {
  const [idCipher, seal] = [new IdCipher(secret), new Seal(secret)]
  const shown = eventRow(pseudonyms(secret, 'exports'), idCipher)
  return {
    name: 'events',
    schema: 1,
    columns: described([...EVENT_COLUMNS, { name: 'sealed', type: 'BYTES' }], DESCRIPTIONS),
    sorted: ['imageId', 'at'],
    rowOf: event => ({ ...shown(event), automated: event.automated, sealed: seal.close(hiddenOf(event)) }),
    personOf: ({ person }) => person,
    thingOf({ id, session: _session, country, region, city, sealed, ...row }: Values) {
      const { at = row.at as string, ...hidden } = seal.open<Hidden>(sealed as Uint8Array)
      const geography = country ? { geography: presentIn({ country, region, city }) } : {}
      const _id = idCipher.decryptId(id as string)
      return { _id, ...presentIn(row), ...geography, ...hidden, at: new Date(at) } as LoggedEvent
    },
  }
}

function hiddenOf(event: LoggedEvent): object {
  if (event.type === 'comment') {
    const { _id, imageId: _image, type: _type, automated: _automated, ...hidden } = event
    return hidden
  }
  const { person, sessionId, arrival } = event
  return { person, sessionId, arrival }
}
