import type { Handles } from '../../database/connect.ts'
import { bucketKey } from '../../events/marks/buckets.ts'
import { writeRollups } from '../../rollups/aggregation/write-rollups.ts'
import type { Horizons } from '../../rollups/retention-horizons.ts'
import { expiryOf } from '../../rollups/rollup.ts'
import type { BucketSum } from '../tables/rollup-archive-table.ts'

const BATCH_SIZE = 500

/** Writes sums of the past as roll-ups, in batches. Those that exist stay, and expired ones are left out. */
export class RollupWriter {
  readonly #database: Handles
  readonly #horizons: Horizons
  readonly #asOf = new Date()
  #waiting: BucketSum[] = []

  constructor(database: Handles, horizons: Horizons) {
    this.#database = database
    this.#horizons = horizons
  }

  async add(sum: BucketSum): Promise<void> {
    const expiry = expiryOf(sum.bucket, this.#horizons)
    if (expiry && expiry <= this.#horizons.now) return
    this.#waiting.push(sum)
    if (this.#waiting.length === BATCH_SIZE) await this.flush()
  }

  /** Writes those that wait. */
  async flush(): Promise<void> {
    const sums = new Map(this.#waiting.map(({ bucket, parts }) => [bucketKey(bucket), parts]))
    const buckets = this.#waiting.map(({ bucket }) => bucket)
    this.#waiting = []
    const content = { sums, revisions: new Map(), asOf: this.#asOf, horizons: this.#horizons }
    await this.#database.client.withSession(session => writeRollups(buckets, content, this.#database.db, session))
  }
}
