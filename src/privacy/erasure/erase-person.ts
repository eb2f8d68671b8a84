import { type NotPersonal, type PersonalData, type Removal, SIGN_IN_COLLECTIONS } from '../personal-data.ts'
import type { Receipt } from './receipt.ts'
import type { Receipts } from './receipts.ts'

/** How everything that goes with a person is removed, by collection. */
export type Removals = Record<string, Removal>

/** What of the holdings goes. */
export function removalsOf(personalData: Record<string, PersonalData | NotPersonal>): Removals {
  const all = Object.entries(personalData).flatMap(([collection, holding]) =>
    'erasure' in holding && 'remove' in holding.erasure ? [[collection, holding.erasure] as const] : [],
  )
  return Object.fromEntries(all)
}

/**
 * Removes all that is found of a person now, or what lets them in where the receipt has only just been written. Each piece
 * stands in the receipt while it is removed, and is counted there when it is gone: killed anywhere, the next call finishes that
 * piece and goes on. Several at once do no harm.
 * @throws Overtaken when another process is at it; the signal's reason when it is to stop
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
