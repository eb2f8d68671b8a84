import { setTimeout as pause } from 'node:timers/promises'
import type { mongo } from 'mongoose'
import type { CollectionSpec } from '../../database/collections.ts'
import { isDuplicateKey, MAJORITY } from '../../database/connect.ts'
import { Problem } from '../../errors.ts'
import type { KeyedHash } from '../../lib/keyed-hash.ts'
import { networkOf } from '../../lib/network.ts'

export const attemptsCollection: CollectionSpec = {
  name: 'attempts',
  indexes: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0 }],
}

/**
 * Number of failures without a delay, by kind of counter. The next one causes a delay of one second, and each further one doubles it.
 * Addresses count by their /64, networks are /48. A place is an account at an address: a known one, from which the account has
 * signed in before, or a strange one.
 */
const FREE_FAILURES = { account: 5, strangePlace: 5, knownPlace: 20, address: 50, network: 200 }
type Kind = keyof typeof FREE_FAILURES
/** The counters of an attempt from a strange place. The account comes last: an attempt that is refused must not slow it down. */
const STRANGE_KINDS: Kind[] = ['address', 'network', 'strangePlace', 'account']
/** Further attempts from the place, address or network are refused for at most this time. */
const MAX_REFUSAL_MS = 15 * 60_000
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
 * Slows down password guessing, across all processes. A place, an address or a network with many failures is refused for a while. An
 * account with many failures delays its next attempts by seconds and refuses none, so that nobody's guesses lock its owner out of a
 * new place. At a known place only the failures at that place count. A refused attempt is not counted, so every delay ends.
 */
export class SignInAttempts {
  readonly #counters: mongo.Collection<Counter>
  readonly #hash: KeyedHash
  readonly #maxPause: number

  /** @param maxPause attempts at an account are delayed by at most this time, in ms */
  constructor(db: mongo.Db, hash: KeyedHash, maxPause: number) {
    this.#counters = db.collection<Counter>('attempts')
    this.#hash = hash
    this.#maxPause = maxPause
  }

  /**
   * Runs a password check unless the claimant must wait. The attempt counts as failed before the check, so that concurrent attempts
   * all count; it is uncounted when the password is right or the check fails with an error.
   * @returns whether the password is right
   * @throws Problem `rate_limited` when the claimant must wait, whether or not the account exists
   */
  async guard(claimant: Claimant, checkPassword: () => Promise<boolean>): Promise<boolean> {
    const { kinds, delay } = await this.#admit(claimant)
    try {
      await pause(delay)
      const isRight = await checkPassword()
      if (isRight) await Promise.all([this.#reset(kinds, claimant), this.trust(claimant)])
      return isRight
    } catch (error) {
      await Promise.all(kinds.map(kind => this.#uncount(kind, claimant)))
      throw error
    }
  }

  /**
   * Counts an attempt.
   * @returns the counters that were incremented, and how long the password check must wait, in ms
   * @throws Problem `rate_limited` when the claimant must wait; then nothing is counted
   */
  async #admit(claimant: Claimant): Promise<{ kinds: Kind[]; delay: number }> {
    if (await this.#count('knownPlace', claimant, false)) return { kinds: ['knownPlace'], delay: 0 }
    const kinds: Kind[] = []
    let failures = 0
    try {
      for (const kind of strangeKinds(claimant)) {
        failures = (await this.#count(kind, claimant))?.failures ?? 0
        kinds.push(kind)
      }
    } catch (error) {
      await Promise.all(kinds.map(kind => this.#uncount(kind, claimant)))
      throw error
    }
    const excess = failures - FREE_FAILURES.account
    return { kinds, delay: excess > 0 ? Math.min(this.#maxPause, 500 * 2 ** excess) : 0 }
  }

  /** Trusts an address for an account: failures elsewhere do not delay attempts from it. */
  async trust(claimant: Claimant): Promise<void> {
    const trusted = { failures: 0, until: NO_DELAY, open: true, expiresAt: new Date(Date.now() + PLACE_TTL_MS) }
    const options = { upsert: true, writeConcern: MAJORITY }
    await this.#counters.updateOne({ _id: this.#id('knownPlace', claimant) }, { $set: trusted }, options)
  }

  /** Resets the counter of the account. Address and network only lose this attempt, since others may be guessing from there. */
  async #reset(kinds: Kind[], claimant: Claimant): Promise<void> {
    await this.#counters.deleteOne({ _id: this.#id('account', claimant) }, { writeConcern: MAJORITY })
    const shared = kinds.filter(kind => kind === 'address' || kind === 'network')
    await Promise.all(shared.map(kind => this.#uncount(kind, claimant)))
  }

  /** Takes back a counted attempt, and the delay that it caused. */
  async #uncount(kind: Kind, claimant: Claimant): Promise<void> {
    const filter = { _id: this.#id(kind, claimant), failures: { $gt: 0 } }
    const update = { $inc: { failures: -1 }, $set: { until: NO_DELAY } }
    await this.#counters.updateOne(filter, update, { writeConcern: MAJORITY })
  }

  /**
   * Counts an attempt in one counter, by the database's clock.
   * @returns the counter; null when it does not exist and `upsert` is false
   * @throws Problem `rate_limited` when the claimant must wait; then the attempt is not counted
   */
  async #count(kind: Kind, claimant: Claimant, upsert = true): Promise<Counter | null> {
    const counter = await this.#update(this.#id(kind, claimant), countUpdate(kind), upsert)
    if (counter === null || counter.open) return counter
    const seconds = Math.max(1, Math.ceil((counter.until.getTime() - Date.now()) / 1000))
    throw new Problem('rate_limited', {
      detail: 'too many failed sign-ins',
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
    const [network, wide] = [networkOf(address), networkOf(address, 48)]
    const place = [emailKey, network]
    const parts = { account: [emailKey], strangePlace: place, knownPlace: place, address: [network], network: [wide] }[
      kind
    ]
    return this.#hash(JSON.stringify([kind, ...parts])).toString('base64url')
  }
}

/** Returns the counters of an attempt from a strange place: an IPv4 address is in no network of its subscriber. */
function strangeKinds({ address }: Claimant): Kind[] {
  const hasNetwork = networkOf(address, 48) !== networkOf(address)
  return STRANGE_KINDS.filter(kind => kind !== 'network' || hasNetwork)
}

/** Returns the update that counts an attempt if the delay is over, and otherwise changes only `open`. */
function countUpdate(kind: Kind): mongo.Document[] {
  const failures = { $ifNull: ['$failures', 0] }
  const excess = { $subtract: ['$failures', FREE_FAILURES[kind]] }
  const delay = { $min: [MAX_REFUSAL_MS, { $multiply: [500, { $pow: [2, { $min: [excess, 20] }] }] }] }
  const isRefused = kind === 'account' ? false : { $gt: [excess, 0] }
  const ttl = kind === 'knownPlace' ? PLACE_TTL_MS : COUNTER_TTL_MS
  return [
    { $set: { open: { $lte: [{ $ifNull: ['$until', NO_DELAY] }, '$$NOW'] } } },
    { $set: { failures: { $cond: ['$open', { $add: [failures, 1] }, failures] } } },
    {
      $set: {
        until: {
          $cond: ['$open', { $cond: [isRefused, { $add: ['$$NOW', delay] }, NO_DELAY] }, '$until'],
        },
        expiresAt: { $cond: ['$open', { $add: ['$$NOW', ttl] }, '$expiresAt'] },
      },
    },
  ]
}
