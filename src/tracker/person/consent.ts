import { ofBrowser, write } from '../delivery/store.ts'
import { ignoresSignals } from '../settings.ts'

const OUT = 'glance.out'

/** Global Privacy Control and Do Not Track. */
const { globalPrivacyControl, doNotTrack } = navigator as Navigator & {
  globalPrivacyControl?: boolean
  doNotTrack?: string
}
const asksNotToBeCounted = globalPrivacyControl || doNotTrack === '1'

/** Whether the visitor may be counted. */
export function isAllowed(): boolean {
  return (ignoresSignals || !asksNotToBeCounted) && !ofBrowser[OUT]
}

export function refuse(): void {
  write(OUT, '1')
}

export function allow(): void {
  delete ofBrowser[OUT]
}
