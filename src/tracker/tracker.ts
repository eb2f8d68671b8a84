import { adoptBoxes, clear, holdBox, releaseBox } from './delivery/box.ts'
import { learnTime } from './delivery/clock.ts'
import { leave, retry, wake } from './delivery/delivery.ts'
import { allow, isAllowed, refuse } from './person/consent.ts'
import { forgetVisitor } from './person/visitor.ts'
import { openReports } from './report.ts'
import { watchClicks } from './watch/clicks.ts'
import { listen } from './watch/listen.ts'
import { watchSightings } from './watch/sightings.ts'
import { watchStays } from './watch/stays.ts'
import { endZoom, watchZooms } from './watch/zooms.ts'

type Root = Document | ShadowRoot

const roots = new Set<Root>([document])
let hasBegun = false

/** Begins as soon as the page is in front and the visitor allows it. */
export function begin(): void {
  listen(document, 'visibilitychange', beginNow)
  beginNow()
}

/** Watches a shadow root, too. */
export function watch(root: Root): void {
  roots.add(root)
  if (hasBegun) watchSightings(root)
}

/** Stops counting in this browser, and removes what is stored in it. */
export function optOut(): void {
  refuse()
  forgetVisitor()
  clear()
}

export function optIn(): void {
  allow()
  beginNow()
}

function beginNow(): void {
  // A page that is prerendered is hidden, too.
  if (hasBegun || document.hidden || !isAllowed()) return
  hasBegun = true
  watchStays()
  // These come after the listeners that end stays, so that what they report is sent.
  listen(document, 'visibilitychange', () => {
    if (!document.hidden) return come()
    endZoom()
    return leave()
  })
  listen(window, 'online', retry)
  listen(window, 'pagehide', releaseBox)
  // Another tab has opted out.
  listen(window, 'storage', () => isAllowed() || clear())
  come()
  watchClicks()
  watchZooms()
  roots.forEach(watchSightings)
  openReports()
}

/** The page comes to the front. */
async function come(): Promise<void> {
  holdBox()
  await learnTime()
  await adoptBoxes()
  wake()
}
