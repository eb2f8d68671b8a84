const IDLE_MS = 30_000
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove', 'scroll']

/** Whether somebody looks at the page: its tab is in front, and there was a sign of life in the last 30 s. */
export class Presence {
  readonly #onChange: () => void
  #lastSign = 0
  #isIdle = false

  /** @param onChange called when the tab comes to the front or leaves it, and when the visitor becomes idle or returns */
  constructor(onChange: () => void) {
    this.#onChange = onChange
    const sign = () => this.#sign()
    for (const type of SIGNS) addEventListener(type, sign, { passive: true, capture: true })
    addEventListener('pageshow', sign)
    document.addEventListener('visibilitychange', () => {
      sign()
      onChange()
    })
    this.#watchFor(IDLE_MS)
  }

  get isInFront(): boolean {
    return document.visibilityState === 'visible'
  }

  get isActive(): boolean {
    return this.isInFront && !this.#isIdle
  }

  #sign(): void {
    this.#lastSign = performance.now()
    if (!this.#isIdle) return
    this.#isIdle = false
    this.#watchFor(IDLE_MS)
    this.#onChange()
  }

  #watchFor(time: number): void {
    setTimeout(() => {
      const left = this.#lastSign + IDLE_MS - performance.now()
      if (left > 0) return this.#watchFor(left)
      this.#isIdle = true
      this.#onChange()
    }, time)
  }
}
