import { Problem } from '../problem.ts'
import type { Event, EventsAnswer } from '../types.ts'
import { withId } from './event-id.ts'
import type { PostEvents } from './post-events.ts'
import { type Sent, Ticket } from './ticket.ts'

const MAX_QUEUED = 10_000
/** The largest batch that the service accepts. */
const MAX_BATCH = 1_000
/** At three bytes each, these are less than the 4 MiB that the service accepts. */
const MAX_BATCH_CHARACTERS = 1_000_000

/** An event that waits, as JSON, with its index among the events of its ticket. */
interface Entry {
  json: string
  ticket: Ticket
  index: number
}

/** Sends events in batches, one after the other: what arrives while a batch is under way goes with the next one. */
export class EventQueue {
  readonly #post: PostEvents
  #waiting: Entry[] = []
  #sending: Promise<void> | undefined

  constructor(post: PostEvents) {
    this.#post = post
  }

  /**
   * Queues events. @returns what became of them, when all of them are durable or rejected
   * @throws Problem `queue_full`, or that of the service; the reason of `signal`, which takes back the events that wait
   */
  async add(events: Event[], signal?: AbortSignal): Promise<Sent> {
    signal?.throwIfAborted()
    if (this.#waiting.length + events.length > MAX_QUEUED) {
      throw new Problem({ code: 'queue_full', detail: `At most ${MAX_QUEUED} events wait to be sent.` })
    }
    const ticket = new Ticket(events.length)
    this.#waiting.push(...events.map((event, index) => ({ json: JSON.stringify(withId(event)), ticket, index })))
    this.#sending ??= this.#sendAll()
    const takeBack = () => this.#fail(ticket, signal?.reason)
    signal?.addEventListener('abort', takeBack, { once: true })
    return ticket.sent.finally(() => signal?.removeEventListener('abort', takeBack))
  }

  /** Resolves when no event waits any more, whatever became of them. */
  async drained(): Promise<void> {
    await this.#sending
  }

  async #sendAll(): Promise<void> {
    // Events that are sent in one go, one by one, go together.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#sendBatch(this.#waiting.splice(0, this.#sizeOfBatch()))
    this.#sending = undefined
  }

  #sizeOfBatch(): number {
    let size = 0
    let characters = 0
    for (const { json } of this.#waiting.slice(0, MAX_BATCH)) {
      characters += json.length
      // An event that is too long goes alone, and is refused.
      if (size > 0 && characters > MAX_BATCH_CHARACTERS) break
      size++
    }
    return size
  }

  async #sendBatch(batch: Entry[]): Promise<void> {
    try {
      this.#settle(batch, await this.#post('application/json', () => bodyOf(batch)))
    } catch (error) {
      for (const { ticket } of batch) this.#fail(ticket, error)
    }
  }

  #settle(batch: Entry[], { rejected, warnings }: EventsAnswer): void {
    const rejectedAt = new Map(rejected.map(item => [item.index, item]))
    const warnedAt = new Map(warnings.map(item => [item.index, item]))
    for (const [place, { ticket, index }] of batch.entries()) {
      ticket.settle(index, rejectedAt.get(place), warnedAt.get(place))
    }
  }

  /** Rejects a ticket, and takes back its events that wait. */
  #fail(ticket: Ticket, reason: unknown): void {
    this.#waiting = this.#waiting.filter(entry => entry.ticket !== ticket)
    ticket.fail(reason)
  }
}

function bodyOf(batch: Entry[]): string {
  const events = `[${batch.map(({ json }) => json).join(',')}]`
  // Clocks of browsers are often wrong: with the time of sending, the service corrects the times of the events.
  return 'document' in globalThis ? `{"sentAt":"${new Date().toISOString()}","events":${events}}` : events
}
