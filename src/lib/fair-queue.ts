/** A job was refused because too many wait. */
export class QueueFullError extends Error {}

/** For whom a job runs. */
export interface Turn<LaneName extends string> {
  lane: LaneName
  /** The clients of a lane take turns. */
  client: string
  /** Takes a job that has not begun out of the queue. */
  signal?: AbortSignal | undefined
}

/** Number of jobs that may wait in a lane. */
interface Bounds {
  /** From one client. */
  ofOne: number
  /** From all clients. */
  ofAll: number
}

/** Every so many jobs the last lane comes first, so that full lanes before it can not hold it up for ever. */
const TURN_OF_LAST_LANE = 4

/**
 * Runs jobs, a bounded number at once. Jobs of the first lane come before those of the next one; within a lane the clients take
 * turns, so a client with many jobs delays the others by one job only.
 */
export class FairQueue<LaneName extends string> {
  readonly #lanes: Map<LaneName, Lane>
  #free: number
  #turn = 0

  /** @param concurrency number of jobs that run at once */
  constructor(lanes: LaneName[], concurrency: number, bounds: Bounds) {
    this.#lanes = new Map(lanes.map(name => [name, new Lane(bounds)]))
    this.#free = concurrency
  }

  /** Runs a job when its turn comes. @throws QueueFullError when too many wait; the reason of the signal */
  async run<Result>(job: () => Promise<Result>, turn: Turn<LaneName>): Promise<Result> {
    turn.signal?.throwIfAborted()
    await this.#wait(turn)
    try {
      return await job()
    } finally {
      this.#free++
      this.#startNext()
    }
  }

  /** Waits until a job may start. */
  #wait({ lane: name, client, signal }: Turn<LaneName>): Promise<void> {
    const lane = this.#lanes.get(name)
    return new Promise((start, refuse) => {
      const job = { client, start, refuse }
      const leave = () => {
        lane?.remove(job)
        refuse(signal?.reason)
      }
      signal?.addEventListener('abort', leave, { once: true })
      lane?.add(job)
      this.#startNext()
    })
  }

  #startNext(): void {
    if (this.#free === 0) return
    const lanes = [...this.#lanes.values()]
    if (++this.#turn % TURN_OF_LAST_LANE === 0) lanes.reverse()
    const next = lanes.find(({ length }) => length > 0)?.take()
    if (!next) return
    this.#free--
    next.start()
  }
}

/** A job that waits. */
interface Waiting {
  client: string
  start(): void
  refuse(reason: unknown): void
}

/** Jobs that wait, by client, in the order of the clients' turns. */
class Lane {
  readonly #jobs = new Map<string, Waiting[]>()
  readonly #bounds: Bounds
  length = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  /** Adds a job. When the lane is full, the newest job of the client with the most is refused, which may be this one. */
  add(job: Waiting): void {
    const jobs = this.#jobs.get(job.client) ?? []
    this.#jobs.set(job.client, [...jobs, job])
    this.length++
    if (jobs.length >= this.#bounds.ofOne) this.#refuseLast(job.client)
    else if (this.length > this.#bounds.ofAll) this.#refuseLast(this.#longest(job.client))
  }

  /** Takes the job whose turn it is. */
  take(): Waiting | undefined {
    const [client, [next, ...others] = []] = this.#jobs.entries().next().value ?? ['']
    if (!next) return undefined
    // Set again behind the other clients.
    this.#jobs.delete(client)
    if (others.length > 0) this.#jobs.set(client, others)
    this.length--
    return next
  }

  /** Removes a job that waits; has no effect on others. */
  remove(job: Waiting): void {
    const jobs = this.#jobs.get(job.client) ?? []
    const others = jobs.filter(other => other !== job)
    this.length -= jobs.length - others.length
    if (others.length > 0) this.#jobs.set(job.client, others)
    else this.#jobs.delete(job.client)
  }

  /** Returns the client with the most jobs; `client` unless another one has more. */
  #longest(client: string): string {
    let longest = client
    for (const [other, jobs] of this.#jobs) if (jobs.length > this.#countOf(longest)) longest = other
    return longest
  }

  #countOf(client: string): number {
    return this.#jobs.get(client)?.length ?? 0
  }

  #refuseLast(client: string): void {
    const last = this.#jobs.get(client)?.at(-1)
    if (!last) return
    this.remove(last)
    last.refuse(new QueueFullError('too many jobs wait'))
  }
}
