import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { fieldProblem, Problem } from '../../errors.ts'

const SHORTEST = 10
/** bcrypt reads no further, and says nothing of it. */
const LONGEST = 72
const MOST_WAITING = 100

/** Hashes and compares passwords away from the event loop, which one hash would stop for a quarter of a second. */
export class Passwords {
  readonly #cost: number
  readonly #pool: Piscina
  /** Takes as long to compare with as any, and is nobody's. */
  readonly #nobodys: string

  constructor(cost: number) {
    this.#cost = cost
    this.#nobodys = `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`
    this.#pool = new Piscina({
      filename: new URL('./password-worker.js', import.meta.url).href,
      minThreads: 1,
      maxThreads: Math.max(1, availableParallelism() - 1),
      maxQueue: MOST_WAITING,
    })
  }

  /**
   * The hash of a new password.
   * @param pointer the field that it came in
   * @throws Problem when it is too short, too long in bytes, or among the commonest
   */
  async choose(password: string, pointer = '/password'): Promise<string> {
    const bytes = Buffer.byteLength(password)
    if (bytes < SHORTEST || bytes > LONGEST) {
      throw fieldProblem(pointer, `must have ${SHORTEST} to ${LONGEST} bytes, has ${bytes}`)
    }
    if (await this.#run<boolean>('isCommon', password)) {
      throw fieldProblem(pointer, 'is one of the first that anybody would try')
    }
    return this.hash(password)
  }

  hash(password: string): Promise<string> {
    return this.#run('hash', { password, cost: this.#cost })
  }

  /** Whether it is the one that was hashed; without a hash it takes as long and is not. */
  async matches(password: string, passwordHash: string | undefined): Promise<boolean> {
    if (Buffer.byteLength(password) > LONGEST) return false
    const same = await this.#run<boolean>('compare', { password, passwordHash: passwordHash ?? this.#nobodys })
    return same && passwordHash !== undefined
  }

  /** Whether a hash was made at another cost than the one configured. */
  isOutdated(passwordHash: string): boolean {
    return Number(passwordHash.split('$')[2]) !== this.#cost
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  async #run<Result>(name: string, job: unknown): Promise<Result> {
    if (this.#pool.queueSize >= MOST_WAITING) {
      throw new Problem('unavailable', { detail: 'too many sign-ins at once', headers: { 'retry-after': '5' } })
    }
    return this.#pool.run(job, { name })
  }
}
