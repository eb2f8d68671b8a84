import type { SentEvent } from '../event.ts'
import { consequenceOf, pauseAfter } from './answer.ts'
import type { Box } from './box.ts'
import type { Clock } from './clock.ts'
import { bodyOf, corrected, type Entry, firstBatch, without } from './outbox.ts'

const FULL = 100
const WAIT_MS = 5_000
/** No answer comes after so long. */
const PATIENCE_MS = 30_000

/** Sends the events of a box until the service has acknowledged them. */
export class Delivery {
  readonly #url: string
  readonly #box: Box
  readonly #clock: Clock
  /** The ids that the service may have seen, and those of them that were sent by a beacon. */
  readonly #sent = new Set<string>()
  readonly #beaconed = new Set<string>()
  /** The events that wait for an answer. */
  #open: Entry[] = []
  #timer: number | undefined
  /** No request before this time of the page. */
  #quietUntil = 0
  #failures = 0
  #isRefused = false

  /** @param url with the key: without a header of its own, a request needs no preflight, and a beacon can have none */
  constructor(url: string, box: Box, clock: Clock) {
    this.#url = url
    this.#box = box
    this.#clock = clock
  }

  add(event: SentEvent): void {
    this.#box.add([this.#clock.isKnown ? { event } : { event, isDeviceTime: true }])
    this.wake()
  }

  /** Sends soon, or at once when there is enough for a request. */
  wake(): void {
    const { length } = this.#box.entries
    if (length === 0) return
    if (length >= FULL) this.#sendIn(0)
    else this.#timer ??= setTimeout(() => this.#send(), this.#pause(WAIT_MS))
  }

  /** Sends what is left, as the page may not come back. A beacon has no answer: what it sends stays in the box. */
  leave(): void {
    this.#box.save()
    let rest = without(this.#box.entries, this.#open).filter(({ event }) => !this.#beaconed.has(event.id))
    for (let batch = firstBatch(rest); batch.length > 0 && !this.#isRefused; batch = firstBatch(rest)) {
      if (!navigator.sendBeacon(this.#url, bodyOf(batch, Date.now()))) return
      for (const { event } of batch) this.#beaconed.add(event.id)
      this.#noteSent(batch)
      rest = without(rest, batch)
    }
  }

  /** The connection is there again. */
  retry(): void {
    this.#quietUntil = 0
    this.#sendIn(0)
  }

  /** Corrects the times of what has not been sent, once the time of the service is known. */
  correctTimes(): void {
    const ahead = this.#clock.now() - Date.now()
    this.#box.entries = this.#box.entries.map(entry =>
      this.#sent.has(entry.event.id) ? entry : corrected(entry, ahead),
    )
    this.#box.save()
  }

  #sendIn(wait: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#send(), this.#pause(wait))
  }

  /** @returns a time to wait, or longer while the service has asked for it */
  #pause(wait: number): number {
    return Math.max(wait, this.#quietUntil - performance.now())
  }

  async #send(): Promise<void> {
    this.#timer = undefined
    if (this.#open.length > 0 || this.#isRefused || document.hidden) return
    this.#open = firstBatch(this.#box.entries)
    if (this.#open.length === 0) return
    this.#noteSent(this.#open)
    const { status, retryAfter } = await this.#post(bodyOf(this.#open, Date.now()))
    const consequence = consequenceOf(status)
    if (consequence === 'done') this.#box.remove(this.#open)
    this.#open = []
    this.#isRefused = consequence === 'never'
    this.#failures = consequence === 'later' ? this.#failures + 1 : 0
    this.#quietUntil = this.#failures > 0 ? performance.now() + pauseAfter(this.#failures, retryAfter) : 0
    this.wake()
  }

  async #post(body: string): Promise<{ status: number; retryAfter: number }> {
    const patience = new AbortController()
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS)
    try {
      const { signal } = patience
      const response = await fetch(this.#url, { method: 'POST', body, keepalive: true, credentials: 'omit', signal })
      return { status: response.status, retryAfter: Number(response.headers.get('retry-after')) }
    } catch {
      return { status: 0, retryAfter: 0 }
    } finally {
      clearTimeout(timer)
    }
  }

  #noteSent(batch: Entry[]): void {
    for (const { event } of batch) this.#sent.add(event.id)
  }
}
