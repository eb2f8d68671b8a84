/** A job was refused because too many wait. */
export class QueueFullError extends Error {}

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

  /** Runs a job when its turn comes. @throws QueueFullError when too many wait */
  async run<Result>(lane: LaneName, client: string, job: () => Promise<Result>): Promise<Result> {
    await this.#turnOf(lane, client)
    try {
      return await job()
    } finally {
      this.#free++
      this.#startNext()
    }
  }

  /** Waits until a job of the client may start. */
  #turnOf(lane: LaneName, client: string): Promise<void> {
    return new Promise((start, refuse) => {
      this.#lanes.get(lane)?.add({ client, start, refuse })
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
  refuse(error: QueueFullError): void
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
    const jobs = this.#jobs.get(client) ?? []
    const last = jobs.at(-1)
    if (jobs.length > 1) this.#jobs.set(client, jobs.slice(0, -1))
    else this.#jobs.delete(client)
    this.length--
    last?.refuse(new QueueFullError('too many jobs wait'))
  }
}
