import type { mongo } from 'mongoose'
import type { Accounts } from '../accounts/accounts.ts'
import { keysOf } from '../accounts/api-keys/api-key.ts'
import { disownKeys } from '../accounts/api-keys/revoke-key.ts'
import type { AuditEntry } from '../accounts/audit-trail.ts'
import { removeComments } from '../comments/remove-comments.ts'
import { CURRENT_READ, type Database, MAJORITY } from '../database/connect.ts'
import { SCAN_LIMIT } from '../database/time-limits.ts'
import type { Log } from '../events/log/log.ts'
import type { WriterMarks } from '../events/marks/writer-marks.ts'
import { removeFeedback } from '../feedback/remove-feedback.ts'
import type { Image } from '../images/image.ts'
import type { Library } from '../images/library.ts'
import { wireImage } from '../images/schemas.ts'
import { nextPieceOfLog, removeFromLog } from './erasure/erase-from-log.ts'
import type { Piece } from './erasure/receipt.ts'
import { eventsOfPerson } from './events-of-person.ts'

const BATCH_SIZE = 100

/** The parts of the service that hold personal data. */
export interface PrivacyParts {
  database: Database
  accounts: Accounts
  log: Log
  writerMarks: WriterMarks
  library: Library
}

/** How the data of a person are exported: the `kind` of a line, and the documents. */
export interface Exported {
  kind: string
  read(person: string): AsyncIterable<mongo.Document>
}

/** How the data of a person are removed, piece by piece until `next` returns undefined. */
export interface Removal {
  next(person: string): Promise<Piece | undefined>
  /** Idempotent: it may be repeated for a piece that is partly or completely removed. */
  remove(person: string, piece: Piece): Promise<unknown>
}

/** Export and erasure of the personal data in a collection. */
export interface PersonalData extends Exported {
  /** The removal, or the reason why the data stay. */
  erasure: Removal | { stays: string }
}

/** The reason why a collection contains no personal data. */
export interface NotPersonal {
  reason: string
}

/**
 * Returns where personal data are, by collection, in the order of export and erasure: account, sessions and keys come first. A test
 * fails for a collection that is missing here.
 */
export function personalDataOf(parts: PrivacyParts): Record<string, PersonalData | NotPersonal> {
  const { database, accounts, log, writerMarks, library } = parts
  const { db } = database
  const pseudonym = (person: string) => accounts.audit.pseudonymOf(person)
  const entriesOf = (person: string) => ({ $or: [{ who: pseudonym(person) }, { whom: pseudonym(person) }] })
  const deleteAll = (name: string, filter: mongo.Document) =>
    db.collection(name).deleteMany(filter, { ...SCAN_LIMIT, writeConcern: MAJORITY })
  /** Documents that match a filter: exported without the hidden fields, and removed as one piece. */
  const matching = (
    kind: string,
    name: string,
    whose: (person: string) => mongo.Document,
    hidden: string[] = [],
    remove: Removal['remove'] = person => deleteAll(name, whose(person)),
  ): PersonalData => ({
    kind,
    read: person => db.collection(name).find(whose(person), { ...SCAN_LIMIT, projection: projectionWithout(hidden) }),
    erasure: { next: async person => wholePiece(await countIn(db, name, whose(person))), remove },
  })
  return {
    users: matching('account', 'users', person => ({ _id: person }), ['emailKey', 'passwordHash']),
    sessions: matching(
      'session',
      'sessions',
      userId => ({ userId }),
      [],
      person => accounts.sessions.disown(person),
    ),
    keys: matching('key', 'keys', keysOf, ['hash'], person => disownKeys(accounts.keys, person, pseudonym(person))),
    images: {
      ...matching(
        'image',
        'images',
        ownerId => ({ ownerId }),
        [],
        person => removeImagesOf(person, library),
      ),
      read: ownerId => withLinks(db.collection<Image>('images').find({ ownerId }, SCAN_LIMIT), library),
    },
    resumableUploads: matching(
      'resumable upload',
      'resumableUploads',
      ownerId => ({ ownerId }),
      ['writer'],
      person => library.resumable.removeOf(person),
    ),
    events: {
      kind: 'event',
      read: person => eventsOfPerson(person, log),
      erasure: {
        next: person => nextPieceOfLog(person, log),
        remove: (person, piece) => removeFromLog(person, piece, { db, log }),
      },
    },
    feedback: matching(
      'feedback',
      'feedback',
      person => ({ person }),
      ['_id'],
      person => removeFeedback({ person }, db, writerMarks),
    ),
    comments: matching(
      'comment',
      'comments',
      userId => ({ userId }),
      [],
      userId => removeComments({ userId }, db),
    ),
    rejects: matching('refused event', 'rejects', people => ({ people }), ['_id', 'people']),
    audit: {
      kind: 'note',
      read: person =>
        asSeenBy(pseudonym(person), db.collection<AuditEntry>('audit').find(entriesOf(person), SCAN_LIMIT)),
      erasure: { stays: 'contains pseudonyms only, and expires' },
    },
    attempts: { reason: 'counters by HMACs of e-mails and addresses' },
    uploads: { reason: 'random ids of uploads in progress' },
    removals: { reason: 'ids of images that are being removed' },
    'blobs.files': { reason: 'belongs to an image and is removed with it' },
    'blobs.chunks': { reason: 'belongs to an image or a resumable upload and is removed with it' },
    marks: { reason: 'images and times' },
    partials: { reason: 'sums of some minutes; people in them are keyed hashes' },
    correctedtimes: { reason: 'times by hashes of the ids of events' },
    rollups: { reason: 'sums; people in them are keyed hashes' },
    leases: { reason: 'which process runs which job, and what the last audit found' },
    schedules: { reason: 'when each schedule of reports ran last' },
    scheduledRuns: { reason: 'times, durations and files of scheduled reports' },
    erasures: { reason: 'receipts by HMACs; the person is encrypted until the erasure is over' },
    eventsOnce: { reason: 'a view of events' },
    'system.views': { reason: 'definitions of views' },
    'system.buckets.events': { reason: 'storage of the time series `events`' },
  }
}

/** The collections that let a person sign in; they are erased first. */
export const SIGN_IN_COLLECTIONS = ['users', 'sessions', 'keys']

function projectionWithout(hidden: string[]): mongo.Document {
  return Object.fromEntries(hidden.map(name => [name, 0]))
}

function countIn(db: mongo.Db, name: string, filter: mongo.Document): Promise<number> {
  return db.collection(name).countDocuments(filter, CURRENT_READ)
}

function wholePiece(count: number): Piece | undefined {
  return count > 0 ? { count } : undefined
}

/** Removes the images of an account in batches; after a crash the next call continues. */
async function removeImagesOf(ownerId: string, { images, removals }: Library): Promise<void> {
  for (;;) {
    const batch = await images.find({ ownerId }, { blobId: 1 }).limit(BATCH_SIZE).lean<Image[]>()
    for (const image of batch) await removals.remove(image)
    if (batch.length < BATCH_SIZE) return
  }
}

/** Yields audit entries for the export: those of other people's actions without who did it and from which address. */
async function* asSeenBy(pseudonym: string, entries: AsyncIterable<AuditEntry>): AsyncGenerator<mongo.Document> {
  for await (const entry of entries) {
    const { who, address: _, ...rest } = entry
    yield who === pseudonym ? entry : rest
  }
}

async function* withLinks(images: AsyncIterable<Image>, { links }: Library): AsyncGenerator<mongo.Document> {
  for await (const image of images) {
    const { blobId: _, ...rest } = image
    yield { ...rest, links: wireImage(image, links).links }
  }
}
