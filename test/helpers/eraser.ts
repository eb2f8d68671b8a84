import type { AccessTokens } from '../../src/accounts/access-token.ts'
import type { Accounts } from '../../src/accounts/accounts.ts'
import { keys } from '../../src/accounts/api-key.ts'
import { AuditTrail } from '../../src/accounts/audit-trail.ts'
import { Sessions } from '../../src/accounts/sessions.ts'
import type { Database } from '../../src/database/connect.ts'
import { CoveredBuckets } from '../../src/events/covered.ts'
import type { Log } from '../../src/events/log.ts'
import { openLog } from '../../src/events/open-log.ts'
import { personHash } from '../../src/events/person-hash.ts'
import { removeFeedback } from '../../src/feedback/remove.ts'
import { Blobs } from '../../src/images/blobs.ts'
import { images } from '../../src/images/image.ts'
import type { Library } from '../../src/images/library.ts'
import { Removals as ImageRemovals } from '../../src/images/removals.ts'
import { keyedHash } from '../../src/keyed-hash.ts'
import { type Removals, removalsOf } from '../../src/privacy/erase.ts'
import { holdingsOf } from '../../src/privacy/holdings.ts'
import { Receipts } from '../../src/privacy/receipts.ts'
import { DAY, silent } from './log.ts'

/** What erases people, as the service has it, in the hands of a test. */
export interface TestEraser {
  log: Log
  receipts: Receipts
  removals: Removals
}

export async function anEraser(database: Database, dataSecret: string): Promise<TestEraser> {
  const { db, connection } = database
  const log = await openLog(database, 'auto', 90 * DAY, () => undefined, personHash(dataSecret))
  const covered = new CoveredBuckets(db)
  const remover = (imageId: string) => removeFeedback({ imageId }, db, covered)
  const accounts = {
    keys: keys(connection),
    audit: new AuditTrail(db, keyedHash(dataSecret, 'pseudonyms'), silent),
    sessions: new Sessions(connection, {} as AccessTokens, keyedHash(dataSecret, 'refreshTokens')),
  } as unknown as Accounts
  const library = {
    images: images(connection),
    removals: new ImageRemovals(db, new Blobs(db), [remover], silent),
  } as unknown as Library
  const removals = removalsOf(holdingsOf({ database, accounts, log, covered, library }))
  return { log, receipts: new Receipts(db, dataSecret), removals }
}
