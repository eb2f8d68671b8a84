import { openStore, write } from '../delivery/store.ts'
import { randomHex } from '../delivery/uuid.ts'
import { visitorKind } from '../settings.ts'

const NAME = 'glance.visitor'

const texts = openStore(visitorKind === 'session' ? 'sessionStorage' : 'localStorage')
/** The last id and its day, for a browser that stores nothing. */
let last = ''

/** Returns the random id of the visitor at a time in Unix ms. Unless it is persistent, it is replaced when the day in UTC is another. */
export function visitorAt(time: number): string {
  const day = visitorKind === 'persistent' ? '' : new Date(time).toISOString().slice(0, 10)
  last = texts[NAME] ?? last
  const [known, since] = last.split(' ')
  if (known && since === day) return known
  const fresh = randomHex()
  last = `${fresh} ${day}`
  write(NAME, last, texts)
  return fresh
}

export function forgetVisitor(): void {
  last = ''
  delete texts[NAME]
}
