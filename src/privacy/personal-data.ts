import type { mongo } from 'mongoose'
import type { Accounts } from '../accounts/accounts.ts'
import { keysOf } from '../accounts/api-keys/api-key.ts'
import { disownKeys } from '../accounts/api-keys/revoke-key.ts'
import type { Note } from '../accounts/audit-trail.ts'
import { removeComments } from '../comments/remove-comments.ts'
import { CURRENT_READ, type Database, MAJORITY } from '../database/connect.ts'
import type { Log } from '../events/log/log.ts'
import type { WriterMarks } from '../events/marks/writer-marks.ts'
import { removeFeedback } from '../feedback/remove-feedback.ts'
import type { Image } from '../images/image.ts'
import type { Library } from '../images/library.ts'
import { wireImage } from '../images/schemas.ts'
import { nextPieceOfLog, removeFromLog } from './erasure/erase-from-log.ts'
import type { Piece } from './erasure/receipt.ts'
import { eventsOfPerson } from './events-of-person.ts'

const AT_ONCE = 100

/** What people are looked for in, and removed from. */
export interface PrivacyParts {
  database: Database
  accounts: Accounts
  log: Log
  writerMarks: WriterMarks
  library: Library
}

/** Things of one person: what the export calls one of them, and all of them as it tells them. */
export interface Exported {
  kind: string
  read(person: string): AsyncIterable<mongo.Document>
}

/** How they are removed: piece by piece until none is left. */
export interface Removal {
  next(person: string): Promise<Piece | undefined>
  /** Repeating it, for a piece that is gone or half gone, changes nothing. */
  remove(person: string, piece: Piece): Promise<unknown>
}

export interface PersonalData extends Exported {
  /** The removal; or why they stay. */
  erasure: Removal | { stays: string }
}

/** Why nothing in a collection is anybody's. */
export interface NotPersonal {
  nobodys: string
}

/**
 * What each collection of the database holds of people, in the order in which it is told and erased: where somebody could still
 * come in goes first. A test fails when a collection stands that is not here.
 */
export function personalDataOf(parts: PrivacyParts): Record<string, PersonalData | NotPersonal> {
  const { database, accounts, log, writerMarks, library } = parts
  const { db } = database
  const pseudonym = (person: string) => accounts.audit.pseudonymOf(person)
  const noted = (person: string) => ({ $or: [{ who: pseudonym(person) }, { whom: pseudonym(person) }] })
  const deleted = (name: string, filter: mongo.Document) =>
    db.collection(name).deleteMany(filter, { writeConcern: MAJORITY })
  /** Documents that a filter finds: told without some of their fields, counted, and removed as a whole. */
  const found = (
    kind: string,
    name: string,
    whose: (person: string) => mongo.Document,
    hidden: string[] = [],
    remove: Removal['remove'] = person => deleted(name, whose(person)),
  ): PersonalData => ({
    kind,
    read: person => db.collection(name).find(whose(person), { projection: projectionWithout(hidden) }),
    erasure: { next: async person => wholePiece(await countIn(db, name, whose(person))), remove },
  })
  return {
    users: found('account', 'users', person => ({ _id: person }), ['emailKey', 'passwordHash']),
    sessions: found(
      'session',
      'sessions',
      userId => ({ userId }),
      [],
      person => accounts.sessions.disown(person),
    ),
    keys: found('key', 'keys', keysOf, ['hash'], person => disownKeys(accounts.keys, person, pseudonym(person))),
    images: {
      ...found(
        'image',
        'images',
        ownerId => ({ ownerId }),
        [],
        person => removeImagesOf(person, library),
      ),
      read: ownerId => withLinks(db.collection<Image>('images').find({ ownerId })),
    },
    events: {
      kind: 'event',
      read: person => eventsOfPerson(person, log),
      erasure: {
        next: person => nextPieceOfLog(person, log),
        remove: (person, piece) => removeFromLog(person, piece, { db, log }),
      },
    },
    feedback: found(
      'feedback',
      'feedback',
      person => ({ person }),
      ['_id'],
      person => removeFeedback({ person }, db, writerMarks),
    ),
    comments: found(
      'comment',
      'comments',
      userId => ({ userId }),
      [],
      userId => removeComments({ userId }, db),
    ),
    rejects: found('refused event', 'rejects', people => ({ people }), ['_id', 'people']),
    audit: {
      kind: 'note',
      read: person => asSeenBy(pseudonym(person), db.collection<Note>('audit').find(noted(person))),
      erasure: { stays: 'names pseudonyms, and expires' },
    },
    attempts: { nobodys: 'counters under HMACs of e-mails and addresses' },
    uploads: { nobodys: 'random ids of what is being written' },
    removals: { nobodys: 'ids of images that go' },
    'blobs.files': { nobodys: 'belongs to an image, and goes with it' },
    'blobs.chunks': { nobodys: 'belongs to an image, and goes with it' },
    marks: { nobodys: 'images and times' },
    rollups: { nobodys: 'sums; people in them are hashes under a secret key' },
    leases: { nobodys: 'which process does what' },
    erasures: { nobodys: 'receipts under HMACs; the person is sealed while the work lasts' },
    eventsOnce: { nobodys: 'a view of events' },
    'system.views': { nobodys: 'what views there are' },
    'system.buckets.events': { nobodys: 'how a time series keeps events' },
  }
}

/** Where somebody who is being erased could still come in. */
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

/** Some at a time; killed in between, the next call goes on. */
async function removeImagesOf(ownerId: string, { images, removals }: Library): Promise<void> {
  for (;;) {
    const some = await images.find({ ownerId }, { blobId: 1 }).limit(AT_ONCE).lean<Image[]>()
    for (const image of some) await removals.remove(image)
    if (some.length < AT_ONCE) return
  }
}

/** What others did to somebody is theirs to know without who they were, and from where. */
async function* asSeenBy(pseudonym: string, notes: AsyncIterable<Note>): AsyncGenerator<mongo.Document> {
  for await (const note of notes) {
    const { who, address: _, ...told } = note
    yield who === pseudonym ? note : told
  }
}

async function* withLinks(images: AsyncIterable<Image>): AsyncGenerator<mongo.Document> {
  for await (const image of images) {
    const { blobId: _, ...told } = image
    yield { ...told, links: wireImage(image).links }
  }
}
