import type { LoggedEvent } from '../../events/event.ts'
import type { PersonHash } from '../../events/person-hash.ts'
import type { EventGroup } from './sum.ts'

/** Returns a counted event in the form in which a sum takes it. */
export function groupOf(event: LoggedEvent, hashPerson: PersonHash): EventGroup {
  return {
    type: event.type,
    ...(event.geography && { country: event.geography.country }),
    count: 1,
    people: [hashPerson(event.person)],
    values: [event.durationMs ?? event.depth ?? event.scale ?? event.value ?? []].flat(),
  }
}
