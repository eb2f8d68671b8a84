import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { mongo } from 'mongoose'
import { giveLease, takeLease } from '../database/lease.ts'

const JOB = 'archive'
/** When the working process is killed, another one can archive after this time. */
const LEASE_MS = 10_000
const RENEWAL_MS = LEASE_MS / 3
const POLL_INTERVAL_MS = 500

/** Another process archives to some place. */
export class ArchiveBusy extends Error {
  constructor() {
    super('another process is archiving')
  }
}

/**
 * Runs work that changes an archive, in one process of all that share the database.
 * @param onBusy is told once that another process works; then this one waits
 * @throws ArchiveBusy while another process works, without `onBusy`; what the work throws
 */
export async function whileLeased<Result>(
  db: mongo.Db,
  work: () => Promise<Result>,
  onBusy?: () => void,
): Promise<Result> {
  const holder = randomUUID()
  for (let isFirst = true; !(await takeLease(db, JOB, holder, LEASE_MS)); isFirst = false) {
    if (!onBusy) throw new ArchiveBusy()
    if (isFirst) onBusy()
    await pause(POLL_INTERVAL_MS)
  }
  const renewal = setInterval(() => {
    void takeLease(db, JOB, holder, LEASE_MS).catch(() => undefined)
  }, RENEWAL_MS)
  try {
    return await work()
  } finally {
    clearInterval(renewal)
    await giveLease(db, JOB, holder).catch(() => undefined)
  }
}
