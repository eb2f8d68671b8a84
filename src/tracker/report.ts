import { isTimeKnown, now } from './delivery/clock.ts'
import { deliver } from './delivery/delivery.ts'
import { uuidV7 } from './delivery/uuid.ts'
import type { Deed } from './event.ts'
import { isAllowed } from './person/consent.ts'
import { visitorAt } from './person/visitor.ts'

/** What was reported before the page was in front; undefined afterwards. */
let early: Deed[] | undefined = []

/** Adds an event, with the time and the visitor. */
export function report(deed: Deed): void {
  if (!isAllowed()) return
  const time = now()
  if (early) early.push(deed)
  else deliver({ ...deed, id: uuidV7(time, !isTimeKnown()), visitorId: visitorAt(time) })
}

/** The page is in front: what was reported until now is counted now. */
export function openReports(): void {
  const deeds = early ?? []
  early = undefined
  deeds.forEach(report)
}
