import type { mongo } from 'mongoose'
import { TOKENS_EXPIRED_MS } from '../../accounts/sessions/revoked-access-tokens.ts'
import type { ArchiveJobs } from '../../archive/archive-jobs.ts'
import { ArchiveBusy } from '../../archive/archive-lease.ts'
import { isDistrustedFor } from '../../rollups/partials/partials.ts'
import type { PrivacyParts } from '../personal-data.ts'
import { eventsExpireAt } from './erase-from-log.ts'
import { erasePerson, type Removals } from './erase-person.ts'
import type { Receipt, Stage } from './receipt.ts'
import type { Receipts } from './receipts.ts'

/**
 * After this time no flush stores events of the person any more: a flush uses a list of erased people that is up to 5 s old, its
 * writes are done within 15 s or fail, and clocks may differ a little. Events of a process that was suspended in between are found
 * by a later search.
 */
const INGEST_SETTLED_MS = 25_000
const DAY_MS = 86_400_000
/** For this time after the receipt, data of the person are searched for again every day. */
const SEARCH_PERIOD_MS = 7 * DAY_MS

const later = (time: number) => ({ $add: ['$$NOW', time] })

/** The stage that follows each stage, and when. The account is closed at once; the rest waits until ingest has settled. */
const NEXT: Record<Stage, { to: Stage; set: mongo.Document }> = {
  closing: { to: 'erasing', set: { due: later(INGEST_SETTLED_MS) } },
  erasing: { to: 'unarchiving', set: { due: '$$NOW' } },
  unarchiving: { to: 'erased', set: { due: later(TOKENS_EXPIRED_MS), erasedAt: '$$NOW' } },
  erased: { to: 'done', set: { due: later(DAY_MS), doneAt: '$$NOW' } },
  done: { to: 'done', set: { due: later(DAY_MS) } },
}

/** A stage that is not over is repeated. */
const RETRY_INTERVAL_MS = 2_000

/** The parts that a step of an erasure needs. */
export interface StepParts extends Pick<PrivacyParts, 'database' | 'log'> {
  receipts: Receipts
  removals: Removals
  /** The archive that the service writes, if it writes one. */
  archive?: Pick<ArchiveJobs, 'erase'> | undefined
}

/**
 * Runs the step of an erasure that is due, if any, and schedules the next one. After a crash the step is repeated.
 * @throws ConcurrentErasure when another process works on it
 */
export async function runErasureStep(id: string, parts: StepParts, signal?: AbortSignal): Promise<void> {
  const { receipts, removals, database, log } = parts
  const receipt = await receipts.readDue(id)
  const person = receipt ? receipts.personOf(receipt) : undefined
  if (!receipt || person === undefined) return
  await erasePerson(receipt, person, removals, receipts, signal)
  if (isOver(receipt)) return receipts.close(receipt)
  const again = { to: receipt.stage, set: { due: later(RETRY_INTERVAL_MS) } }
  const { to, set } = (await isStageOver(receipt, person, parts, signal)) ? nextOf(receipt, parts) : again
  const eventsExpireBy = await eventsExpireAt(person, database.db, log)
  await receipts.advance(receipt, to, { ...set, ...(eventsExpireBy && { eventsExpireBy }) })
}

/** Returns the next stage; without an archive there is nothing to wait for after `erasing`. */
function nextOf({ stage }: Receipt, { archive }: StepParts) {
  return NEXT[stage === 'erasing' && !archive ? 'unarchiving' : stage]
}

/**
 * Whether the data of the stage are removed: `erasing` lasts until the roll-ups of the removed events have settled, and the stages after it
 * until another process does not keep the archive busy.
 */
async function isStageOver(
  { stage, tombstone }: Receipt,
  person: string,
  parts: StepParts,
  signal?: AbortSignal,
): Promise<boolean> {
  const { database, log, archive } = parts
  if (stage === 'closing') return true
  if (stage === 'erasing') return !(await isDistrustedFor(database.db, log.hashPerson(person)))
  try {
    await archive?.erase([tombstone], () => signal?.throwIfAborted())
    return true
  } catch (error) {
    if (error instanceof ArchiveBusy) return false
    throw error
  }
}

function isOver({ stage, due, createdAt }: Receipt): boolean {
  return stage === 'done' && due !== undefined && due.getTime() - createdAt.getTime() > SEARCH_PERIOD_MS
}
