import { randomBytes } from 'node:crypto'
import type { mongo } from 'mongoose'
import { CURRENT_READ, isDuplicateKey, MAJORITY } from '../../database/connect.ts'
import { SCAN_LIMIT } from '../../database/time-limits.ts'
import { olderThan, pageOf } from '../../http/cursor.ts'
import { type KeyedHash, keyedHash } from '../../lib/keyed-hash.ts'
import { type PersonCipher, personCipher } from './person-cipher.ts'
import { ERASURES, type Piece, type Receipt, type Stage } from './receipt.ts'

const RETRY_DELAY_MS = 5_000

/** The piece of an erasure that is being removed. */
export type Work = NonNullable<Receipt['work']>

/** Another process works on the same erasure; the caller leaves it to that process. */
export class ConcurrentErasure extends Error {
  constructor() {
    super('another process works on this erasure')
  }
}

/** The receipts of all erasures. Times are those of the database's clock, since clocks of processes differ. */
export class Receipts {
  readonly #db: mongo.Db
  readonly #receipts: mongo.Collection<Receipt>
  readonly #hash: KeyedHash
  readonly #cipher: PersonCipher

  constructor(db: mongo.Db, secret: string) {
    this.#db = db
    this.#receipts = db.collection<Receipt>(ERASURES)
    this.#hash = keyedHash(secret, 'tombstones')
    this.#cipher = personCipher(secret)
  }

  /** Returns the receipt of a person, and creates it if there is none: from then on the person counts as erased. */
  async open(person: string): Promise<{ receipt: Receipt; isNew: boolean }> {
    const existing = await this.of(person)
    if (existing) return { receipt: existing, isNew: false }
    const now = await this.#now()
    const receipt: Receipt = {
      _id: randomBytes(16).toString('base64url'),
      tombstone: this.tombstoneOf(person),
      sealed: this.#cipher.encrypt(person),
      stage: 'closing',
      due: now,
      removed: {},
      createdAt: now,
    }
    try {
      await this.#receipts.insertOne(receipt, { writeConcern: MAJORITY })
      return { receipt, isNew: true }
    } catch (error) {
      if (!isDuplicateKey(error)) throw error
      return this.open(person)
    }
  }

  /** Returns the receipt of a person. */
  of(person: string): Promise<Receipt | null> {
    return this.#receipts.findOne({ tombstone: this.tombstoneOf(person) }, CURRENT_READ)
  }

  /** Returns the receipt with that id. */
  read(id: string): Promise<Receipt | null> {
    return this.#receipts.findOne({ _id: id }, CURRENT_READ)
  }

  /** Returns a page of all receipts, newest first. @throws Problem `invalid_request` when the cursor is not one of this list */
  async page({ limit, cursor }: { limit: number; cursor?: string | undefined }) {
    const found = this.#receipts.find(olderThan('createdAt', cursor), {
      sort: { createdAt: -1, _id: -1 },
      limit: limit + 1,
      ...CURRENT_READ,
    })
    return pageOf(await found.toArray(), limit, last => [last.createdAt.getTime(), last._id])
  }

  /** Returns a receipt if a step is still due; another process may have done it since it was listed. */
  async readDue(id: string): Promise<Receipt | null> {
    return this.#receipts.findOne({ _id: id, due: { $lte: await this.#now() } }, CURRENT_READ)
  }

  /** Returns the ids of the receipts with a due step, the longest due first. */
  async due(limit: number): Promise<string[]> {
    const found = this.#receipts.find(
      { due: { $lte: await this.#now() } },
      { projection: { _id: 1 }, sort: { due: 1 }, limit, ...CURRENT_READ },
    )
    return (await found.toArray()).map(({ _id }) => _id)
  }

  /** Returns the person of a receipt; undefined after the last step. */
  personOf({ sealed }: Receipt): string | undefined {
    return sealed === undefined ? undefined : this.#cipher.decrypt(sealed)
  }

  /** Returns the tombstones of all receipts. */
  async tombstones(): Promise<string[]> {
    const found = this.#receipts.find({}, { ...CURRENT_READ, ...SCAN_LIMIT, projection: { tombstone: 1 } })
    return (await found.toArray()).map(({ tombstone }) => tombstone)
  }

  /** Writes a piece to the receipt before it is removed. @throws ConcurrentErasure when there is another piece */
  async begin({ _id }: Receipt, collection: string, piece: Piece): Promise<Work> {
    const work = { ...piece, collection, token: randomBytes(12).toString('base64url') }
    await this.#change({ _id, work: { $exists: false } }, { $set: { work } })
    return work
  }

  /** Counts a removed piece, exactly once. @throws ConcurrentErasure when another process has counted it */
  async finish({ _id }: Receipt, { token, collection, count }: Work): Promise<void> {
    const counted = { $unset: { work: 1 as const }, $inc: { [`removed.${collection}`]: count } }
    await this.#change({ _id, 'work.token': token }, counted as mongo.UpdateFilter<Receipt>)
  }

  /** Advances to another stage, or repeats the same one. @throws ConcurrentErasure when another process has done so */
  async advance({ _id, stage, due }: Receipt, to: Stage, set: mongo.Document): Promise<void> {
    await this.#change({ _id, stage, due } as mongo.Filter<Receipt>, [{ $set: { stage: to, ...set } }])
  }

  /** Postpones a failed step, behind the others that are due. */
  async postpone(id: string): Promise<void> {
    const due = { $add: ['$$NOW', RETRY_DELAY_MS] }
    await this.#change({ _id: id, due: { $exists: true } }, [{ $set: { due } }])
  }

  /** Closes a receipt after the last step: it no longer contains the person. */
  async close({ _id }: Receipt): Promise<void> {
    await this.#change({ _id }, { $unset: { sealed: 1, due: 1 } })
  }

  /** Returns the tombstone of a person: an HMAC of the id. */
  tombstoneOf(person: string): string {
    return this.#hash(person).toString('base64url')
  }

  async #now(): Promise<Date> {
    return (await this.#db.admin().command({ hello: 1 })).localTime
  }

  async #change(filter: mongo.Filter<Receipt>, change: mongo.UpdateFilter<Receipt> | mongo.Document[]): Promise<void> {
    const { matchedCount } = await this.#receipts.updateOne(filter, change, { writeConcern: MAJORITY })
    if (matchedCount === 0) throw new ConcurrentErasure()
  }
}
