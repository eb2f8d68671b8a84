import { LRUCache } from 'lru-cache'
import type { Model } from 'mongoose'
import type { AuditTrail } from '../audit-trail.ts'
import type { ApiKey } from './api-key.ts'

const HOUR_MS = 3_600_000
const MAX_KEYS = 10_000
const MAX_ADDRESSES = 1_000

/** Use of a key that this process has seen. */
interface Use {
  addresses: Set<string>
  /** No new address of this key is recorded before this time, in Unix ms. */
  quietUntil: number
}

/** Records the use of keys: the hour of the last use in the key; the first use and new addresses in the audit trail. */
export class KeyUsage {
  readonly #keys: Model<ApiKey>
  readonly #audit: AuditTrail
  readonly #uses = new LRUCache<string, Use>({ max: MAX_KEYS })

  constructor(keys: Model<ApiKey>, audit: AuditTrail) {
    this.#keys = keys
    this.#audit = audit
  }

  /** Records that a key was looked up for a request. When several processes do so at once, one of them records the first use. */
  async lookedUp({ _id, lastUsedAt }: ApiKey, address: string): Promise<void> {
    const hour = new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS)
    if (lastUsedAt && lastUsedAt >= hour) return
    // Added before the write: a concurrent request from the same address is not a new address.
    if (!lastUsedAt) this.#useOf(_id).addresses.add(address)
    const filter = lastUsedAt ? { _id } : { _id, lastUsedAt: { $exists: false } }
    const { modifiedCount } = await this.#keys.updateOne(filter, { lastUsedAt: hour })
    if (lastUsedAt || modifiedCount === 0) return
    await this.#audit.record({ what: 'key_first_used', who: _id, thing: _id, address })
  }

  /** Records a request with a key: from memory, except for a new address; at most one new address an hour is recorded. */
  cameFrom(id: string, address: string): void {
    const use = this.#useOf(id)
    if (use.addresses.has(address) || Date.now() < use.quietUntil) return
    use.addresses.add(address)
    use.quietUntil = Date.now() + HOUR_MS
    void this.#audit.recordIfNew({ what: 'key_used_elsewhere', who: id, thing: id, address }).then(isNew => {
      if (!isNew) use.quietUntil = 0
    })
  }

  #useOf(id: string): Use {
    const known = this.#uses.get(id)
    if (known) {
      if (known.addresses.size >= MAX_ADDRESSES) known.addresses.clear()
      return known
    }
    const use = { addresses: new Set<string>(), quietUntil: 0 }
    this.#uses.set(id, use)
    return use
  }
}
