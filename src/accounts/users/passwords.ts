import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { fieldProblem, Problem } from '../../errors.ts'

const MIN_BYTES = 10
/** bcrypt silently ignores further bytes. */
const MAX_BYTES = 72
/** Jobs that wait for a thread; a further one is refused. */
const MAX_QUEUED_JOBS = 100

/** Hashes and compares passwords in worker threads: one hash would block the event loop for a quarter of a second. */
export class Passwords {
  readonly #cost: number
  readonly #pool: Piscina
  /** A hash of the configured cost that no password matches. */
  readonly #dummyHash: string

  constructor(cost: number) {
    this.#cost = cost
    this.#dummyHash = `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`
    this.#pool = new Piscina({
      filename: new URL('./password-worker.js', import.meta.url).href,
      minThreads: 1,
      maxThreads: Math.max(1, availableParallelism() - 1),
      maxQueue: MAX_QUEUED_JOBS,
    })
  }

  /**
   * Checks and hashes a new password.
   * @param pointer the field that contains it
   * @throws Problem `invalid_request` when it is too short, too long in bytes, or a common password; `unavailable` when too many
   *   passwords are queued
   */
  async choose(password: string, pointer = '/password'): Promise<string> {
    const bytes = Buffer.byteLength(password)
    if (bytes < MIN_BYTES || bytes > MAX_BYTES) {
      throw fieldProblem(pointer, `must have ${MIN_BYTES} to ${MAX_BYTES} bytes, has ${bytes}`)
    }
    if (await this.#run<boolean>('isCommon', password)) {
      throw fieldProblem(pointer, 'is a common password')
    }
    return this.hash(password)
  }

  /** Hashes a password without checking it. @throws Problem `unavailable` when too many passwords are queued */
  hash(password: string): Promise<string> {
    return this.#run('hash', { password, cost: this.#cost })
  }

  /** Whether a password matches a hash. Without a hash the answer is false, after the same time. */
  async matches(password: string, passwordHash: string | undefined): Promise<boolean> {
    if (Buffer.byteLength(password) > MAX_BYTES) return false
    const same = await this.#run<boolean>('compare', { password, passwordHash: passwordHash ?? this.#dummyHash })
    return same && passwordHash !== undefined
  }

  /** Whether a hash has another cost than the configured one. */
  isOutdated(passwordHash: string): boolean {
    return Number(passwordHash.split('$')[2]) !== this.#cost
  }

  /** Ends the worker threads. */
  close(): Promise<void> {
    return this.#pool.close()
  }

  async #run<Result>(name: string, job: unknown): Promise<Result> {
    if (this.#pool.queueSize >= MAX_QUEUED_JOBS) {
      throw new Problem('unavailable', {
        detail: 'too many passwords are being checked at once',
        headers: { 'retry-after': '5' },
      })
    }
    return this.#pool.run(job, { name })
  }
}
