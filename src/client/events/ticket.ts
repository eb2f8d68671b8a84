import type { EventsAnswer, Rejected, Warned } from '../types.ts'

/** What became of events that were sent. */
export type Sent = Omit<EventsAnswer, 'duplicates'>

/** Waits for the outcome of the events of one call. */
export class Ticket {
  readonly sent: Promise<Sent>
  readonly fail: (reason: unknown) => void
  readonly #resolve: (sent: Sent) => void
  readonly #outcome: Sent = { accepted: 0, rejectedCount: 0, rejected: [], warnings: [] }
  readonly #count: number

  constructor(count: number) {
    let resolve: (sent: Sent) => void = () => undefined
    let fail: (reason: unknown) => void = () => undefined
    this.sent = new Promise((resolveSent, rejectSent) => {
      resolve = resolveSent
      fail = rejectSent
    })
    this.#resolve = resolve
    this.fail = fail
    this.#count = count
    if (count === 0) resolve(this.#outcome)
  }

  /** Records the outcome of an event. @param index among the events of the call */
  settle(index: number, rejected?: Rejected, warned?: Warned): void {
    const outcome = this.#outcome
    if (rejected) {
      outcome.rejectedCount++
      outcome.rejected.push({ ...rejected, index })
    } else outcome.accepted++
    if (warned) outcome.warnings.push({ ...warned, index })
    if (outcome.accepted + outcome.rejectedCount === this.#count) this.#resolve(outcome)
  }
}
