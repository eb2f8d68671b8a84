import { isIPv6 } from 'node:net'
import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { isDuplicateKey, MAJORITY } from '../../database/connect.ts'
import { Problem } from '../../errors.ts'
import type { KeyedHash } from '../../lib/keyed-hash.ts'

export const attemptsCollection: CollectionSpec = {
  name: 'attempts',
  indexes: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
}

/**
 * Number of failures without a delay. The next one causes a delay of one second, and each further one doubles it, up to
 * `MAX_DELAY_MS`. A place is an account at an address.
 */
const FREE_FAILURES = { account: 5, place: 20, address: 50 }
type Kind = keyof typeof FREE_FAILURES
const MAX_DELAY_MS = 15 * 60_000
const COUNTER_TTL_MS = 86_400_000
const PLACE_TTL_MS = 90 * 86_400_000
/** No delay. It lies in the past since concurrent updates may see the database's time in either order. */
const NO_DELAY = new Date(0)

/** Counter of failed sign-ins. Its id is an HMAC, so it does not reveal the account or address. */
interface Counter {
  _id: string
  failures: number
  /** When the next attempt is admitted. */
  until: Date
  /** Whether the last attempt was admitted. */
  open: boolean
  expiresAt: Date
}

/** The account and the address of an attempt. */
interface Claimant {
  emailKey: string
  address: string
}

/**
 * Slows down password guessing, across all processes. Attempts from an unknown address are delayed by account and by address. An
 * address from which the account has signed in before has a counter of its own, so that attempts from elsewhere can not lock the
 * owner out. A refused attempt is not counted, so every delay ends.
 */
export class SignInAttempts {
  readonly #counters: mongo.Collection<Counter>
  readonly #hash: KeyedHash

  constructor(db: mongo.Db, hash: KeyedHash) {
    this.#counters = db.collection<Counter>('attempts')
    this.#hash = hash
  }

  /**
   * Runs a password check unless the claimant must wait. The attempt counts as failed before the check, so that concurrent attempts
   * all count; it is uncounted when the password is right or the check fails with an error.
   * @returns whether the password is right
   * @throws Problem `rate_limited` when the claimant must wait, whether or not the account exists
   */
  async guard(claimant: Claimant, checkPassword: () => Promise<boolean>): Promise<boolean> {
    const kinds = await this.#admit(claimant)
    try {
      const isRight = await checkPassword()
      if (isRight) await Promise.all([this.#reset(kinds, claimant), this.trust(claimant)])
      return isRight
    } catch (error) {
      await Promise.all(kinds.map(kind => this.#uncount(kind, claimant)))
      throw error
    }
  }

  /** Counts an attempt. @returns the counters that were incremented @throws Problem `rate_limited` when the claimant must wait */
  async #admit(claimant: Claimant): Promise<Kind[]> {
    if (await this.#count('place', claimant, false)) return ['place']
    // The address comes first: an attempt refused for its address must not count against the account.
    await this.#count('address', claimant)
    try {
      await this.#count('account', claimant)
    } catch (error) {
      await this.#uncount('address', claimant)
      throw error
    }
    return ['address', 'account']
  }

  /** Trusts an address for an account: failures elsewhere do not delay attempts from it. */
  async trust(claimant: Claimant): Promise<void> {
    const trusted = { failures: 0, until: NO_DELAY, open: true, expiresAt: new Date(Date.now() + PLACE_TTL_MS) }
    const options = { upsert: true, writeConcern: MAJORITY }
    await this.#counters.updateOne({ _id: this.#id('place', claimant) }, { $set: trusted }, options)
  }

  /** Resets the counter of the account. The address only loses this attempt, since others may be guessing from there. */
  async #reset(kinds: Kind[], claimant: Claimant): Promise<void> {
    await this.#counters.deleteOne({ _id: this.#id('account', claimant) }, { writeConcern: MAJORITY })
    if (kinds.includes('address')) await this.#uncount('address', claimant)
  }

  /** Takes back a counted attempt, and the delay that it caused. */
  async #uncount(kind: Kind, claimant: Claimant): Promise<void> {
    const filter = { _id: this.#id(kind, claimant), failures: { $gt: 0 } }
    const update = { $inc: { failures: -1 }, $set: { until: NO_DELAY } }
    await this.#counters.updateOne(filter, update, { writeConcern: MAJORITY })
  }

  /**
   * Counts an attempt in one counter, by the database's clock.
   * @returns false when the counter does not exist and `upsert` is false
   * @throws Problem `rate_limited` when the claimant must wait; then the attempt is not counted
   */
  async #count(kind: Kind, claimant: Claimant, upsert = true): Promise<boolean> {
    const counter = await this.#update(this.#id(kind, claimant), countUpdate(kind), upsert)
    if (counter === null || counter.open) return counter !== null
    const seconds = Math.max(1, Math.ceil((counter.until.getTime() - Date.now()) / 1000))
    throw new Problem('rate_limited', {
      detail: `too many failed sign-ins; try again in ${seconds} s`,
      headers: { 'retry-after': String(seconds) },
    })
  }

  async #update(_id: string, update: mongo.Document[], upsert: boolean): Promise<Counter | null> {
    const options = { upsert, returnDocument: 'after', writeConcern: MAJORITY } as const
    for (;;) {
      try {
        return await this.#counters.findOneAndUpdate({ _id }, update, options)
      } catch (error) {
        // Two concurrent inserts: the second finds the counter of the first.
        if (!isDuplicateKey(error)) throw error
      }
    }
  }

  #id(kind: Kind, { emailKey, address }: Claimant): string {
    const network = networkOf(address)
    const parts = { account: [emailKey], address: [network], place: [emailKey, network] }[kind]
    return this.#hash(JSON.stringify([kind, ...parts])).toString('base64url')
  }
}

/** Returns the update that counts an attempt if the delay is over, and otherwise changes only `open`. */
function countUpdate(kind: Kind): mongo.Document[] {
  const failures = { $ifNull: ['$failures', 0] }
  const excess = { $subtract: ['$failures', FREE_FAILURES[kind]] }
  const delay = { $min: [MAX_DELAY_MS, { $multiply: [500, { $pow: [2, { $min: [excess, 20] }] }] }] }
  const ttl = kind === 'place' ? PLACE_TTL_MS : COUNTER_TTL_MS
  return [
    { $set: { open: { $lte: [{ $ifNull: ['$until', NO_DELAY] }, '$$NOW'] } } },
    { $set: { failures: { $cond: ['$open', { $add: [failures, 1] }, failures] } } },
    {
      $set: {
        until: {
          $cond: ['$open', { $cond: [{ $gt: [excess, 0] }, { $add: ['$$NOW', delay] }, NO_DELAY] }, '$until'],
        },
        expiresAt: { $cond: ['$open', { $add: ['$$NOW', ttl] }, '$expiresAt'] },
      },
    },
  ]
}

/** Returns the network of an address: the first 64 bits of IPv6, since a subscriber has all the addresses of a /64. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address
  const [head = [], tail] = address.split('::').map(part => part.split(':').filter(Boolean))
  const zeros = tail ? 8 - head.length - tail.length : 0
  return [...head, ...Array<string>(zeros).fill('0'), ...(tail ?? [])].slice(0, 4).join(':')
}
