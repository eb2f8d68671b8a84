import { type NotPersonal, type PersonalData, type Removal, SIGN_IN_COLLECTIONS } from '../personal-data.ts'
import type { Receipt } from './receipt.ts'
import type { Receipts } from './receipts.ts'

/** How the data of a person are removed, by collection. */
export type Removals = Record<string, Removal>

/** Returns the removals of the collections whose personal data are removed. */
export function removalsOf(personalData: Record<string, PersonalData | NotPersonal>): Removals {
  const all = Object.entries(personalData).flatMap(([collection, data]) =>
    'erasure' in data && 'remove' in data.erasure ? [[collection, data.erasure] as const] : [],
  )
  return Object.fromEntries(all)
}

/**
 * Removes the data of a person that exist now; in the stage `closing`, account, sessions and keys only. Each piece is written to the
 * receipt before it is removed and counted there afterwards, so after a crash the next call finishes that piece and continues.
 * Concurrent calls are safe.
 * @throws ConcurrentErasure when another process works on it; the reason of the signal when it is aborted
 */
export async function erasePerson(
  receipt: Receipt,
  person: string,
  removals: Removals,
  receipts: Receipts,
  signal?: AbortSignal,
): Promise<void> {
  if (receipt.work) {
    await removals[receipt.work.collection]?.remove(person, receipt.work)
    await receipts.finish(receipt, receipt.work)
  }
  const names = receipt.stage === 'closing' ? SIGN_IN_COLLECTIONS : Object.keys(removals)
  for (const collection of names) {
    const removal = removals[collection]
    for (let piece = await removal?.next(person); removal && piece; piece = await removal.next(person)) {
      signal?.throwIfAborted()
      const work = await receipts.begin(receipt, collection, piece)
      await removal.remove(person, work)
      await receipts.finish(receipt, work)
    }
  }
}
