import { setTimeout as pause } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { LRUCache } from 'lru-cache'
import { Problem } from '../errors.ts'
import type { KnownImage } from '../events/ingest/flush.ts'
import { type EventStream, HEARTBEAT } from '../http/answers/event-stream.ts'
import type { Rollup } from '../rollups/rollup.ts'
import type { Known } from './read-changed.ts'
import { type Listener, Topic } from './topic.ts'

/** In ms. */
const TIMES = {
  /** The shortest time between two reads. */
  read: 500,
  readAfterFailure: 2_000,
  /** Between two heartbeats; then, it is also checked who may go on. */
  heartbeat: 15_000,
  /** A listener that takes nothing for so long is dropped. */
  patience: 30_000,
}
const MOST_OF_CALLER = 50
/** Numbers that nobody listens to are kept for those who come back. */
const MAX_LEFT = 100
const LEFT_MS = 60_000

/** What live numbers are read from. */
interface LiveParts {
  readChanged(known: Known[]): Promise<Rollup[]>
  findImages(ids: string[]): Promise<Map<string, KnownImage>>
  logger: Pick<FastifyBaseLogger, 'warn'>
}

/** Who wants to follow numbers. */
export interface Follower {
  /** For whom the stream counts. */
  caller: string
  /** The last event that an earlier stream got. */
  lastEventId: string | undefined
  /** Whether the follower may still see the numbers. @param image undefined when it does not exist; also for the site */
  mayGoOn(image: KnownImage | undefined): Promise<boolean>
}

/**
 * Sends numbers to those who follow them, as they change. All that is followed in a process is read together, at most twice a second and
 * only while somebody follows it. Without a database the streams stay open, and go on with it.
 */
export class LiveNumbers {
  readonly #parts: LiveParts
  readonly #most: number
  readonly #times: typeof TIMES
  readonly #topics = new Map<string, Topic>()
  readonly #left = new LRUCache<string, Topic>({ max: MAX_LEFT, ttl: LEFT_MS })
  readonly #followers = new Map<Listener, Follower>()
  readonly #stop = new AbortController()
  #heartbeat: NodeJS.Timeout | undefined
  #isReading = false
  #isChecking = false
  #hasFailed = false

  /** @param most streams at once */
  constructor(parts: LiveParts, most: number, times: Partial<typeof TIMES> = {}) {
    this.#parts = parts
    this.#most = most
    this.#times = { ...TIMES, ...times }
  }

  /** The number of open streams. */
  get size(): number {
    return this.#followers.size
  }

  /** Call it before a stream is begun. @throws Problem `rate_limited` when the caller has too many, `unavailable` when all have */
  admit(caller: string): void {
    const ofCaller = [...this.#followers.values()].filter(follower => follower.caller === caller).length
    const headers = { 'retry-after': '30' }
    if (ofCaller >= MOST_OF_CALLER) {
      throw new Problem('rate_limited', { detail: `${MOST_OF_CALLER} live streams are open already`, headers })
    }
    if (this.#followers.size >= this.#most || this.#stop.signal.aborted) {
      throw new Problem('unavailable', { detail: 'too many live streams are open', headers })
    }
  }

  /** Sends the numbers of an image, or of the site, to a stream until one of the two ends it. */
  follow(imageId: string, stream: EventStream, follower: Follower): void {
    const topic = this.#topics.get(imageId) ?? this.#left.get(imageId) ?? new Topic(imageId)
    const listener = { stream, lastEventId: follower.lastEventId }
    this.#topics.set(imageId, topic)
    this.#followers.set(listener, follower)
    this.#heartbeat ??= setInterval(() => this.#beat(), this.#times.heartbeat)
    topic.join(listener)
    stream.onClose(() => this.#leave(topic, listener))
    if (!this.#isReading) void this.#read()
  }

  /** Ends all streams. */
  stop(): void {
    this.#stop.abort()
    for (const { stream } of this.#followers.keys()) stream.end()
  }

  #leave(topic: Topic, listener: Listener): void {
    topic.leave(listener)
    this.#followers.delete(listener)
    if (topic.size > 0) return
    this.#topics.delete(topic.imageId)
    this.#left.set(topic.imageId, topic)
    if (this.#followers.size > 0) return
    clearInterval(this.#heartbeat)
    this.#heartbeat = undefined
  }

  async #read(): Promise<void> {
    this.#isReading = true
    while (this.#topics.size > 0 && !this.#stop.signal.aborted) {
      const started = performance.now()
      const interval = await this.#readOnce()
      const rest = Math.max(0, interval - (performance.now() - started))
      await pause(rest, undefined, { signal: this.#stop.signal }).catch(() => undefined)
    }
    this.#isReading = false
  }

  /** @returns how long after it the next read may begin, in ms */
  async #readOnce(): Promise<number> {
    const topics = [...this.#topics.values()]
    try {
      const changed = new Map(topics.map(({ imageId }): [string, Rollup[]] => [imageId, []]))
      for (const rollup of await this.#parts.readChanged(topics.map(topic => topic.known())))
        changed.get(rollup.imageId)?.push(rollup)
      for (const topic of topics) topic.update(changed.get(topic.imageId) ?? [])
      this.#hasFailed = false
      return this.#times.read
    } catch (error) {
      if (!this.#hasFailed) this.#parts.logger.warn({ error: (error as Error).message }, 'live numbers stand still')
      this.#hasFailed = true
      return this.#times.readAfterFailure
    }
  }

  #beat(): void {
    for (const { stream } of this.#followers.keys()) {
      if (stream.fullFor > this.#times.patience) stream.destroy()
      else stream.send(HEARTBEAT)
    }
    if (!this.#isChecking) void this.#check()
  }

  /** Ends the streams of those who may not see the numbers any more. Who can not be checked goes on. */
  async #check(): Promise<void> {
    this.#isChecking = true
    const images = await this.#parts.findImages([...this.#topics.keys()]).catch(() => undefined)
    for (const { imageId, listeners } of images ? this.#topics.values() : []) {
      for (const listener of listeners) {
        const mayGoOn = await this.#followers
          .get(listener)
          ?.mayGoOn(images?.get(imageId))
          .catch(() => true)
        if (mayGoOn === false) listener.stream.end()
      }
    }
    this.#isChecking = false
  }
}
