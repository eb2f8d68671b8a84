import type { mongo } from 'mongoose'
import { CURRENT_READ } from '../../database/connect.ts'
import type { ErasedPeople } from '../../events/ingest/erased-people.ts'
import { ERASURES, type Receipt } from './receipt.ts'
import type { Receipts } from './receipts.ts'

/** Receipts may become visible in another order than that of `createdAt`, by less than this time. */
const OVERLAP_MS = 15 * 60_000

/** Creates a reader of the erased people: it reads all receipts at first, then only those that may be new. */
export function tombstoneReader(db: mongo.Db, receipts: Receipts): () => Promise<ErasedPeople> {
  const tombstones = new Set<string>()
  let newest = 0
  const has = (person: string) => tombstones.size > 0 && tombstones.has(receipts.tombstoneOf(person))
  return async () => {
    const { operationTime } = await db.command({ ping: 1 })
    const recent = newest === 0 ? {} : { createdAt: { $gte: new Date(newest - OVERLAP_MS) } }
    const found = db.collection<Receipt>(ERASURES).find(recent, {
      projection: { tombstone: 1, createdAt: 1 },
      ...CURRENT_READ,
    })
    for await (const { tombstone, createdAt } of found) {
      tombstones.add(tombstone)
      newest = Math.max(newest, createdAt.getTime())
    }
    return { has, operation: operationTime?.getHighBits?.() }
  }
}
