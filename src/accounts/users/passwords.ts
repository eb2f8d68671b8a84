import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { fieldProblem, Problem } from '../../errors.ts'
import { FairQueue, QueueFullError } from '../../lib/fair-queue.ts'
import { networkOf } from '../../lib/network.ts'
import { weaknessOf } from './password-rules.ts'

const MIN_BYTES = 10
/** bcrypt silently ignores further bytes. */
const MAX_BYTES = 72
/** Jobs that wait for a thread, for sign-ins and sign-ups each; a further one is refused. */
const MAX_WAITING = { ofOne: 50, ofAll: 200 }

/** For whom a password is hashed or compared: sign-ins come before sign-ups, and addresses take turns. */
export interface HashClient {
  kind: 'signIn' | 'signUp'
  address: string
}

/** A script or the start of the service, which competes with nobody. */
export const LOCAL: HashClient = { kind: 'signIn', address: 'local' }

/** Hashes and compares passwords in worker threads: one hash would block the event loop for a quarter of a second. */
export class Passwords {
  readonly #cost: number
  readonly #pool: Piscina
  readonly #queue: FairQueue<HashClient['kind']>
  /** A hash of the configured cost that no password matches. */
  readonly #dummyHash: string

  constructor(cost: number) {
    this.#cost = cost
    this.#dummyHash = `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`
    const threads = Math.max(1, availableParallelism() - 1)
    this.#pool = new Piscina({
      filename: new URL('./password-worker.js', import.meta.url).href,
      minThreads: 1,
      maxThreads: threads,
    })
    this.#queue = new FairQueue(['signIn', 'signUp'], threads, MAX_WAITING)
  }

  /**
   * Checks and hashes a new password.
   * @param email of the account
   * @param pointer the field that contains it
   * @throws Problem `invalid_request` when it is too short, too long in bytes, made of the e-mail, trivial, or a common password;
   *   `unavailable` when too many passwords are queued
   */
  async choose(given: string, email: string, client: HashClient, pointer = '/password'): Promise<string> {
    const password = normalised(given)
    const bytes = Buffer.byteLength(password)
    if (bytes < MIN_BYTES || bytes > MAX_BYTES) {
      throw fieldProblem(pointer, `must have ${MIN_BYTES} to ${MAX_BYTES} bytes, has ${bytes}`)
    }
    const weakness = weaknessOf(password, email)
    if (weakness) throw fieldProblem(pointer, weakness)
    if (await this.#run<boolean>('isCommon', password, client)) {
      throw fieldProblem(pointer, 'is a common password')
    }
    return this.hash(password, client)
  }

  /** Hashes a password without checking it. @throws Problem `unavailable` when too many passwords are queued */
  hash(given: string, client: HashClient): Promise<string> {
    const password = fits(normalised(given)) ? normalised(given) : given
    return this.#run('hash', { password, cost: this.#cost }, client)
  }

  /**
   * Whether a password matches a hash: in its normalised form, or as it is, since old hashes were made of that. Without a hash the
   * answer is false, after the same time.
   * @throws Problem `unavailable` when too many passwords are queued
   */
  async matches(password: string, passwordHash: string | undefined, client: HashClient): Promise<boolean> {
    for (const form of new Set([normalised(password), password])) {
      const job = { password: form, passwordHash: passwordHash ?? this.#dummyHash }
      if (fits(form) && (await this.#run<boolean>('compare', job, client)) && passwordHash !== undefined) return true
    }
    return false
  }

  /** Whether a hash has another cost than the configured one. */
  isOutdated(passwordHash: string): boolean {
    return Number(passwordHash.split('$')[2]) !== this.#cost
  }

  /** Ends the worker threads. */
  close(): Promise<void> {
    return this.#pool.close()
  }

  async #run<Result>(name: string, job: unknown, { kind, address }: HashClient): Promise<Result> {
    try {
      return await this.#queue.run(() => this.#pool.run(job, { name }), { lane: kind, client: networkOf(address, 48) })
    } catch (error) {
      if (!(error instanceof QueueFullError)) throw error
      throw new Problem('unavailable', {
        detail: 'too many passwords are being checked at once',
        headers: { 'retry-after': '5' },
      })
    }
  }
}

/** Returns a password in the form in which it is hashed: keyboards differ in how they write the same characters. */
function normalised(password: string): string {
  return password.normalize('NFKC')
}

/** Whether bcrypt reads all of a password. */
function fits(password: string): boolean {
  return Buffer.byteLength(password) <= MAX_BYTES
}
