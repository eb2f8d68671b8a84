import type { Accounts } from '../../../src/accounts/accounts.ts'
import { keys } from '../../../src/accounts/api-keys/api-key.ts'
import { AuditTrail } from '../../../src/accounts/audit-trail.ts'
import type { AccessTokens } from '../../../src/accounts/sessions/access-token.ts'
import { Sessions } from '../../../src/accounts/sessions/sessions.ts'
import type { Database } from '../../../src/database/connect.ts'
import type { Log } from '../../../src/events/log/log.ts'
import { openLog } from '../../../src/events/log/open-log.ts'
import { WriterMarks } from '../../../src/events/marks/writer-marks.ts'
import { personHash } from '../../../src/events/person-hash.ts'
import { removeFeedback } from '../../../src/feedback/remove-feedback.ts'
import { Removals as ImageRemovals } from '../../../src/images/catalogue/removals.ts'
import { images } from '../../../src/images/image.ts'
import type { Library } from '../../../src/images/library.ts'
import { Blobs } from '../../../src/images/storage/blobs.ts'
import { ResumableUploads } from '../../../src/images/upload/resumable/resumable-uploads.ts'
import { keyedHash } from '../../../src/lib/keyed-hash.ts'
import { type Removals, removalsOf } from '../../../src/privacy/erasure/erase-person.ts'
import { Receipts } from '../../../src/privacy/erasure/receipts.ts'
import { type Exported, personalDataOf } from '../../../src/privacy/personal-data.ts'
import { DAY, silent } from '../log.ts'

/** The parts of the service that erase people. */
export interface TestEraser {
  log: Log
  receipts: Receipts
  removals: Removals
  /** The personal data that are exported, by collection. */
  exported: Record<string, Exported>
}

export async function anEraser(database: Database, dataSecret: string): Promise<TestEraser> {
  const { client, db, connection } = database
  const log = await openLog(database, 'auto', 90 * DAY, () => undefined, personHash(dataSecret))
  const writerMarks = new WriterMarks(db)
  const remover = (imageId: string) => removeFeedback({ imageId }, db, writerMarks)
  const accounts = {
    keys: keys(connection),
    audit: new AuditTrail(db, keyedHash(dataSecret, 'pseudonyms'), silent),
    sessions: new Sessions(connection, {} as AccessTokens, keyedHash(dataSecret, 'refreshTokens')),
  } as unknown as Accounts
  const blobs = new Blobs(db)
  const library = {
    images: images(connection),
    removals: new ImageRemovals(db, blobs, [remover], silent),
    resumable: new ResumableUploads(client, db, blobs),
  } as unknown as Library
  const data = personalDataOf({ database, accounts, log, writerMarks, library })
  const exported = Object.entries(data).flatMap(([name, one]) => ('kind' in one ? [[name, one] as const] : []))
  return {
    log,
    receipts: new Receipts(db, dataSecret),
    removals: removalsOf(data),
    exported: Object.fromEntries(exported),
  }
}
