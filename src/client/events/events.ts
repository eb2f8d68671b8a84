import type { Event, EventsAnswer } from '../types.ts'
import type { PostEvents } from './post-events.ts'
import { EventQueue } from './queue.ts'
import { EventStream, type StreamOptions } from './stream.ts'
import type { Sent } from './ticket.ts'

/** Sends events. */
export class Events {
  readonly #post: PostEvents
  readonly #queue: EventQueue

  constructor(post: PostEvents) {
    this.#post = post
    this.#queue = new EventQueue(post)
  }

  /**
   * Sends an event or several, together with others that are sent meanwhile, and again when the service is busy or does not answer. Events
   * get ids, so each counts once.
   * @returns what became of them, when all are durable or rejected
   * @throws Problem: `queue_full` when more than 10,000 events wait; the reason of `signal`, which takes back events that wait
   */
  async send(events: Event | Event[], { signal }: { signal?: AbortSignal } = {}): Promise<Sent> {
    return this.#queue.add([events].flat(), signal)
  }

  /** Resolves when no event waits to be sent any more, whatever became of them: before a process ends. */
  flush(): Promise<void> {
    return this.#queue.drained()
  }

  /**
   * Sends any number of events, as fast as the service takes them: the source is read when there is room. Parts that fail are sent again.
   * @returns what became of them, with the first 1,000 rejected ones; `index` is the place in the source
   * @throws Problem; the reason of the signal; what the source throws. Events with ids of the app can all be sent again
   */
  stream(source: Iterable<Event> | AsyncIterable<Event>, options: StreamOptions = {}): Promise<EventsAnswer> {
    return new EventStream(this.#post, options).send(source)
  }
}
