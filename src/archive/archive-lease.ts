import { randomUUID } from 'node:crypto'
import type { mongo } from 'mongoose'
import { giveLease, takeLease } from '../database/lease.ts'

const JOB = 'archive'
/** When the working process is killed, another one can archive after this time. */
const LEASE_MS = 30_000
const RENEWAL_MS = LEASE_MS / 3

/** Another process archives to some place. */
export class ArchiveBusy extends Error {
  constructor() {
    super('another process is archiving; one that was killed holds its place for 30 seconds')
  }
}

/**
 * Runs work that changes an archive, in one process of all that share the database.
 * @throws ArchiveBusy while another process does; what the work throws
 */
export async function whileLeased<Result>(db: mongo.Db, work: () => Promise<Result>): Promise<Result> {
  const holder = randomUUID()
  if (!(await takeLease(db, JOB, holder, LEASE_MS))) throw new ArchiveBusy()
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
