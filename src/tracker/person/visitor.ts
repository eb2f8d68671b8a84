import { openStore, write } from '../delivery/store.ts'
import { randomHex } from '../delivery/uuid.ts'
import { visitorKind } from '../settings.ts'

const NAME = 'glance.visitor'

const texts = openStore(visitorKind === 'session' ? 'sessionStorage' : 'localStorage')
/** The last id, for a browser that stores nothing. */
let id = ''

/** Returns the random id of the visitor at a time in Unix ms. Unless it is persistent, it begins with the day in UTC and ends with it. */
export function visitorAt(time: number): string {
  const day = visitorKind === 'persistent' ? '' : new Date(time).toISOString().slice(0, 10)
  id = texts[NAME] ?? id
  if (id === '' || !id.startsWith(day)) {
    id = day + randomHex()
    write(NAME, id, texts)
  }
  return id
}

export function forgetVisitor(): void {
  id = ''
  delete texts[NAME]
}
