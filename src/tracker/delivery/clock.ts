/** A larger change between the two clocks of the device means that it has slept, or that its clock was set. */
const DRIFT_MS = 5_000

/** Tells the time of the service, which it asks for once; until then, and where it can not be asked, that of the device. */
export class Clock {
  readonly #url: string
  /** What the clock of this page is behind the service, and behind the device; both when the service was asked. */
  #behind: { service: number; device: number } | undefined

  /** @param url that tells the time of the service */
  constructor(url: string) {
    this.#url = url
  }

  get isKnown(): boolean {
    return this.#behind !== undefined
  }

  /** The time in Unix ms. */
  now(): number {
    return this.#behind ? performance.now() + this.#behind.service : Date.now()
  }

  /** Asks for the time of the service, unless it is known. @returns whether it is known now and was not before */
  async learn(): Promise<boolean> {
    const device = Date.now() - performance.now()
    if (this.#behind && Math.abs(device - this.#behind.device) < DRIFT_MS) return false
    const sent = performance.now()
    try {
      const response = await fetch(this.#url, { cache: 'no-store', credentials: 'omit' })
      const received = performance.now()
      const service = Date.parse((await response.json()).now) - (sent + received) / 2
      if (Number.isNaN(service)) return false
      const isFirst = !this.#behind
      this.#behind = { service, device }
      return isFirst
    } catch {
      return false
    }
  }
}
