import type { Model } from 'mongoose'
import type { ApiKey } from './api-key.ts'
import type { AuditTrail } from './audit-trail.ts'

const HOUR = 3_600_000
const MOST_KEYS = 10_000
const MOST_ADDRESSES = 1_000

/** What this process knows of the use of a key. */
interface Use {
  addresses: Set<string>
  /** Until then nothing more of this key is noted, in ms since the epoch. */
  quietUntil: number
}

/** Notes when keys are used: the hour, for their admin; the first time and from where, for the audit. */
export class KeyUses {
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
    if (!lastUsedAt) this.#know(_id, address)
    const filter = lastUsedAt ? { _id } : { _id, lastUsedAt: { $exists: false } }
    const { modifiedCount } = await this.#keys.updateOne(filter, { lastUsedAt: hour })
    if (lastUsedAt || modifiedCount === 0) return
    await this.#audit.note({ what: 'key_first_used', who: _id, thing: _id, address })
  }

  /** A request came with the key: looks at memory only, but once an hour when the address is new. */
  cameFrom(id: string, address: string): void {
    const use = this.#uses.get(id)
    if (use && (use.addresses.has(address) || Date.now() < use.quietUntil)) return
    this.#know(id, address)
    void this.#audit.noteIfNew({ what: 'key_used_elsewhere', who: id, thing: id, address })
  }

  #know(id: string, address: string): void {
    const addresses = this.#uses.get(id)?.addresses ?? new Set()
    if (addresses.size >= MOST_ADDRESSES) addresses.clear()
    if (this.#uses.size >= MOST_KEYS) this.#uses.clear()
    this.#uses.set(id, { addresses: addresses.add(address), quietUntil: Date.now() + HOUR })
  }
}
