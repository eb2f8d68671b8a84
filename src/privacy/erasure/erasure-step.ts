import type { mongo } from 'mongoose'
import { TOKENS_EXPIRED_MS } from '../../accounts/sessions/revoked-access-tokens.ts'
import type { PrivacyParts } from '../personal-data.ts'
import { eventsExpireAt } from './erase-from-log.ts'
import { erasePerson, type Removals } from './erase-person.ts'
import type { Receipt, Stage } from './receipt.ts'
import type { Receipts } from './receipts.ts'

/**
 * So long after the receipt stands, in ms, no flush adds to a person any more: a list of the erased serves for 5 s, what was sent
 * by it is done within 15 s or never, and clocks may differ a little. A process that was stopped in between takes back what it
 * added, and what it left is found when the person is looked for again.
 */
const NOBODY_ADDS = 25_000
const DAY = 86_400_000
/** So long after the receipt its person is looked for again, each day. */
const LOOKED_FOR = 7 * DAY

const later = (time: number) => ({ $add: ['$$NOW', time] })

/** What comes after a stage, and when. The account is closed at once, the rest waits until nobody adds to it. */
const AFTER: Record<Stage, { to: Stage; set: mongo.Document }> = {
  closing: { to: 'erasing', set: { due: later(NOBODY_ADDS) } },
  erasing: { to: 'erased', set: { due: later(TOKENS_EXPIRED_MS), erasedAt: '$$NOW' } },
  erased: { to: 'done', set: { due: later(DAY), doneAt: '$$NOW' } },
  done: { to: 'done', set: { due: later(DAY) } },
}

/** What a step of an erasure needs. */
export interface StepParts extends Pick<PrivacyParts, 'database' | 'log'> {
  receipts: Receipts
  removals: Removals
}

/**
 * Does what is due for a receipt, if anything is, and says in it what is due next. Killed anywhere, it is done again.
 * @throws Overtaken when another process is at it
 */
export async function runErasureStep(id: string, parts: StepParts, signal?: AbortSignal): Promise<void> {
  const { receipts, removals, database, log } = parts
  const receipt = await receipts.readDue(id)
  const person = receipt ? receipts.personOf(receipt) : undefined
  if (!receipt || person === undefined) return
  await erasePerson(receipt, person, removals, receipts, signal)
  if (isOver(receipt)) return receipts.close(receipt)
  const { to, set } = AFTER[receipt.stage]
  const eventsExpireBy = await eventsExpireAt(person, database.db, log)
  await receipts.advance(receipt, to, { ...set, ...(eventsExpireBy && { eventsExpireBy }) })
}

function isOver({ stage, due, createdAt }: Receipt): boolean {
  return stage === 'done' && due !== undefined && due.getTime() - createdAt.getTime() > LOOKED_FOR
}
