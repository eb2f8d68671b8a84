import type { Store } from '../delivery/store.ts'

const OUT = 'out'

/** Whether the visitor may be counted. */
export class Consent {
  readonly #store: Store
  readonly #ignoresSignals: boolean

  constructor(store: Store, ignoresSignals: boolean) {
    this.#store = store
    this.#ignoresSignals = ignoresSignals
  }

  get isGiven(): boolean {
    return this.#store.read(OUT) === null && (this.#ignoresSignals || !asksNotToBeCounted())
  }

  refuse(): void {
    this.#store.write(OUT, '1')
  }

  give(): void {
    this.#store.remove(OUT)
  }
}

/** Whether the browser sends Global Privacy Control or Do Not Track. */
function asksNotToBeCounted(): boolean {
  const { globalPrivacyControl, doNotTrack } = navigator as Navigator & {
    globalPrivacyControl?: boolean
    doNotTrack: string | null
  }
  return globalPrivacyControl === true || doNotTrack === '1'
}
