import type { Event, EventsAnswer } from '../types.ts'
import { addAnswer, noEvents } from './answer.ts'
import { withId } from './event-id.ts'
import type { PostEvents } from './post-events.ts'

/** A part is sent when it has so many events, or characters, or when its first event has waited so long. */
const MAX_PART = 5_000
const MAX_PART_CHARACTERS = 2_000_000
const MAX_WAIT_MS = 1_000
const MAX_UNDER_WAY = 2

/** How a stream is sent. */
export interface StreamOptions {
  signal?: AbortSignal
  /** Is called after each part with what became of all events so far. */
  onProgress?: (answer: EventsAnswer) => void
}

/**
 * Sends the events of a source as newline-delimited JSON, part by part: a part can be sent again when the service is busy or the connection
 * breaks, which a request of unknown length can not. The next event is taken from the source when there is room for it.
 */
export class EventStream {
  readonly #post: PostEvents
  readonly #onProgress: StreamOptions['onProgress']
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  readonly #answer = noEvents()
  readonly #underWay = new Set<Promise<void>>()
  #part: string[] = []
  #characters = 0
  /** The index of the first event of the part. */
  #first = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(post: PostEvents, { signal, onProgress }: StreamOptions) {
    this.#post = post
    this.#onProgress = onProgress
    this.#signal = signal ? AbortSignal.any([this.#stop.signal, signal]) : this.#stop.signal
  }

  /** @returns what became of the events @throws Problem; the reason of the signal; what the source throws */
  async send(source: Iterable<Event> | AsyncIterable<Event>): Promise<EventsAnswer> {
    try {
      await Promise.race([this.#sendAll(source), aborted(this.#signal)])
      return this.#answer
    } catch (error) {
      this.#stop.abort(error)
      throw error
    } finally {
      clearTimeout(this.#timer)
    }
  }

  async #sendAll(source: Iterable<Event> | AsyncIterable<Event>): Promise<void> {
    for await (const event of source) {
      this.#signal.throwIfAborted()
      this.#add(JSON.stringify(withId(event)))
      if (this.#isFull()) await this.#sendWhenRoom()
      else this.#timer ??= setTimeout(() => this.#sendLate(), MAX_WAIT_MS)
    }
    await this.#sendWhenRoom()
    await Promise.all(this.#underWay)
    this.#signal.throwIfAborted()
  }

  #add(line: string): void {
    this.#part.push(line)
    this.#characters += line.length
  }

  #isFull(): boolean {
    return this.#part.length >= MAX_PART || this.#characters >= MAX_PART_CHARACTERS
  }

  async #sendWhenRoom(): Promise<void> {
    while (this.#underWay.size >= MAX_UNDER_WAY) await Promise.race(this.#underWay)
    this.#sendPart()
  }

  /** Sends what a slow source has yielded so far. */
  #sendLate(): void {
    this.#timer = undefined
    if (this.#underWay.size < MAX_UNDER_WAY) this.#sendPart()
    else this.#timer = setTimeout(() => this.#sendLate(), MAX_WAIT_MS)
  }

  #sendPart(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const [part, first] = [this.#part, this.#first]
    if (part.length === 0 || this.#signal.aborted) return
    this.#part = []
    this.#characters = 0
    this.#first += part.length
    const work: Promise<void> = this.#postPart(part, first)
      .catch(error => this.#stop.abort(error))
      .finally(() => this.#underWay.delete(work))
    this.#underWay.add(work)
  }

  async #postPart(part: string[], first: number): Promise<void> {
    const answer = await this.#post('application/x-ndjson', () => part.join('\n'), this.#signal)
    addAnswer(this.#answer, answer, first)
    this.#onProgress?.({ ...this.#answer })
  }
}

/** Never resolves. @throws the reason of the signal when it is aborted */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
  })
}
