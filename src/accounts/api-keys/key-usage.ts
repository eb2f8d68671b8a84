import type { Model } from 'mongoose'
import type { AuditTrail } from '../audit-trail.ts'
import type { ApiKey } from './api-key.ts'

const HOUR = 3_600_000
const MOST_KEYS = 10_000
const MOST_ADDRESSES = 1_000

/** What this process knows of the use of a key. */
interface Use {
  addresses: Set<string>
  /** Until then no new address of this key is noted, in ms since the epoch. */
  quietUntil: number
}

/** Notes when keys are used: the hour, for their admin; the first time and from where, for the audit. */
export class KeyUsage {
  readonly #keys: Model<ApiKey>
  readonly #audit: AuditTrail
  readonly #uses = new Map<string, Use>()

  constructor(keys: Model<ApiKey>, audit: AuditTrail) {
    this.#keys = keys
    this.#audit = audit
  }

  /** The key was looked up for a request. Of several processes one finds that it is the first. */
  async lookedUp({ _id, lastUsedAt }: ApiKey, address: string): Promise<void> {
    const hour = new Date(Math.floor(Date.now() / HOUR) * HOUR)
    if (lastUsedAt && lastUsedAt >= hour) return
    // Known before the answer: who comes with it meanwhile is not elsewhere.
    if (!lastUsedAt) this.#useOf(_id).addresses.add(address)
    const filter = lastUsedAt ? { _id } : { _id, lastUsedAt: { $exists: false } }
    const { modifiedCount } = await this.#keys.updateOne(filter, { lastUsedAt: hour })
    if (lastUsedAt || modifiedCount === 0) return
    await this.#audit.note({ what: 'key_first_used', who: _id, thing: _id, address })
  }

  /** A request came with the key: looks at memory only, but when the address is new; one new one an hour is noted. */
  cameFrom(id: string, address: string): void {
    const use = this.#useOf(id)
    if (use.addresses.has(address) || Date.now() < use.quietUntil) return
    use.addresses.add(address)
    use.quietUntil = Date.now() + HOUR
    void this.#audit.noteIfNew({ what: 'key_used_elsewhere', who: id, thing: id, address }).then(isNew => {
      if (!isNew) use.quietUntil = 0
    })
  }

  #useOf(id: string): Use {
    const known = this.#uses.get(id)
    if (known) {
      if (known.addresses.size >= MOST_ADDRESSES) known.addresses.clear()
      return known
    }
    if (this.#uses.size >= MOST_KEYS) this.#uses.clear()
    const use = { addresses: new Set<string>(), quietUntil: 0 }
    this.#uses.set(id, use)
    return use
  }
}
