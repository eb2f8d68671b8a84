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

/** So many failures cost no wait; each further one doubles it, from a second up to the longest. */
const FREE = { account: 5, place: 20, address: 50 }
type Kind = keyof typeof FREE
const LONGEST_WAIT = 15 * 60_000
const FORGOTTEN = 86_400_000
const PLACE_FORGOTTEN = 90 * 86_400_000
/** Until when one waits that need not: two at once see the database's time in either order. */
const NOT_AT_ALL = new Date(0)

/** What is kept of failed sign-ins. The id is an HMAC: it names nobody. */
interface Counter {
  _id: string
  failures: number
  until: Date
  /** Whether the last who came was let in. */
  open: boolean
  expiresAt: Date
}

/** Somebody who says to be of an account, and where they say so. */
interface Claimant {
  emailKey: string
  address: string
}

/**
 * Makes guessing slow, in all processes together. Strangers to an account wait by account and by address; who has proved to be its
 * owner at an address before waits only for what fails at that very place, so nobody elsewhere can keep the owner out. Whoever is
 * turned away is not counted: every wait ends.
 */
export class SignInAttempts {
  readonly #counters: mongo.Collection<Counter>
  readonly #hash: KeyedHash

  constructor(db: mongo.Db, hash: KeyedHash) {
    this.#counters = db.collection<Counter>('attempts')
    this.#hash = hash
  }

  /**
   * Lets a claimant prove who it is. The attempt counts as failed before it is made, so that a hundred at once are a hundred; what
   * was counted is taken back when the proof is right, or could not be looked at.
   * @throws Problem `rate_limited` when it must wait, whether there is such an account or not
   */
  async guard(claimant: Claimant, isProved: () => Promise<boolean>): Promise<boolean> {
    const kinds = await this.#admit(claimant)
    try {
      const proved = await isProved()
      if (proved) await Promise.all([this.#forgive(kinds, claimant), this.know(claimant)])
      return proved
    } catch (error) {
      await Promise.all(kinds.map(kind => this.#takeBack(kind, claimant)))
      throw error
    }
  }

  /** @returns what was counted */
  async #admit(claimant: Claimant): Promise<Kind[]> {
    if (await this.#count('place', claimant, false)) return ['place']
    // The address comes first: an address that must wait shall not make the account's owner wait.
    await this.#count('address', claimant)
    try {
      await this.#count('account', claimant)
    } catch (error) {
      await this.#takeBack('address', claimant)
      throw error
    }
    return ['address', 'account']
  }

  /** This is where the account's owner is: what fails elsewhere does not count here. */
  async know(claimant: Claimant): Promise<void> {
    const known = { failures: 0, until: NOT_AT_ALL, open: true, expiresAt: new Date(Date.now() + PLACE_FORGOTTEN) }
    const options = { upsert: true, writeConcern: MAJORITY }
    await this.#counters.updateOne({ _id: this.#id('place', claimant) }, { $set: known }, options)
  }

  /** The account begins anew; the address only loses what this attempt had added, for others may guess there. */
  async #forgive(kinds: Kind[], claimant: Claimant): Promise<void> {
    await this.#counters.deleteOne({ _id: this.#id('account', claimant) }, { writeConcern: MAJORITY })
    if (kinds.includes('address')) await this.#takeBack('address', claimant)
  }

  /** Whoever is counted was let in: a wait that stands since is its own. */
  async #takeBack(kind: Kind, claimant: Claimant): Promise<void> {
    const filter = { _id: this.#id(kind, claimant), failures: { $gt: 0 } }
    const update = { $inc: { failures: -1 }, $set: { until: NOT_AT_ALL } }
    await this.#counters.updateOne(filter, update, { writeConcern: MAJORITY })
  }

  /**
   * Counts one, by the database's clock.
   * @returns false where there is no such counter and none is to be made
   * @throws Problem `rate_limited` when it must wait; then it is not counted
   */
  async #count(kind: Kind, claimant: Claimant, upsert = true): Promise<boolean> {
    const counter = await this.#update(this.#id(kind, claimant), counting(kind), upsert)
    if (counter === null || counter.open) return counter !== null
    const seconds = Math.max(1, Math.ceil((counter.until.getTime() - Date.now()) / 1000))
    throw new Problem('rate_limited', {
      detail: `too many sign-ins have failed, wait ${seconds} s`,
      headers: { 'retry-after': String(seconds) },
    })
  }

  async #update(_id: string, update: mongo.Document[], upsert: boolean): Promise<Counter | null> {
    const options = { upsert, returnDocument: 'after', writeConcern: MAJORITY } as const
    for (;;) {
      try {
        return await this.#counters.findOneAndUpdate({ _id }, update, options)
      } catch (error) {
        // Two that make the same one at once: the second finds it.
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

function counting(kind: Kind): mongo.Document[] {
  const failures = { $ifNull: ['$failures', 0] }
  const over = { $subtract: ['$failures', FREE[kind]] }
  const wait = { $min: [LONGEST_WAIT, { $multiply: [500, { $pow: [2, { $min: [over, 20] }] }] }] }
  const forgotten = kind === 'place' ? PLACE_FORGOTTEN : FORGOTTEN
  return [
    { $set: { open: { $lte: [{ $ifNull: ['$until', NOT_AT_ALL] }, '$$NOW'] } } },
    { $set: { failures: { $cond: ['$open', { $add: [failures, 1] }, failures] } } },
    {
      $set: {
        until: {
          $cond: ['$open', { $cond: [{ $gt: [over, 0] }, { $add: ['$$NOW', wait] }, NOT_AT_ALL] }, '$until'],
        },
        expiresAt: { $cond: ['$open', { $add: ['$$NOW', forgotten] }, '$expiresAt'] },
      },
    },
  ]
}

/** Who has an IPv6 address has 2^64 of them. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address
  const [head = [], tail] = address.split('::').map(part => part.split(':').filter(Boolean))
  const zeros = tail ? 8 - head.length - tail.length : 0
  return [...head, ...Array<string>(zeros).fill('0'), ...(tail ?? [])].slice(0, 4).join(':')
}
