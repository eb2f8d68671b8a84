import { randomBytes } from 'node:crypto'
import type { mongo } from 'mongoose'
import { CURRENT_READ, isDuplicateKey, MAJORITY } from '../../database/connect.ts'
import { type KeyedHash, keyedHash } from '../../lib/keyed-hash.ts'
import { type PersonCipher, personCipher } from './person-cipher.ts'
import { ERASURES, type Piece, type Receipt, type Stage } from './receipt.ts'

const AFTER_A_FAILURE = 5_000

/** What a receipt says of the work under way. */
export type Work = NonNullable<Receipt['work']>

/** Somebody else is at a receipt's work: whoever finds that out leaves it to them. */
export class ConcurrentErasure extends Error {
  constructor() {
    super('another process is at this erasure')
  }
}

/** The receipts of all erasures. Times are the database's, so that processes need not agree on theirs. */
export class Receipts {
  readonly #db: mongo.Db
  readonly #receipts: mongo.Collection<Receipt>
  readonly #hash: KeyedHash
  readonly #encrypt: PersonCipher

  constructor(db: mongo.Db, secret: string) {
    this.#db = db
    this.#receipts = db.collection<Receipt>(ERASURES)
    this.#hash = keyedHash(secret, 'tombstones')
    this.#encrypt = personCipher(secret)
  }

  /** The one receipt of a person, written now where there is none: from then on the person is erased. */
  async open(person: string): Promise<{ receipt: Receipt; isNew: boolean }> {
    const existing = await this.of(person)
    if (existing) return { receipt: existing, isNew: false }
    const now = await this.#now()
    const receipt: Receipt = {
      _id: randomBytes(16).toString('base64url'),
      tombstone: this.tombstoneOf(person),
      sealed: this.#encrypt.encrypt(person),
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

  of(person: string): Promise<Receipt | null> {
    return this.#receipts.findOne({ tombstone: this.tombstoneOf(person) }, CURRENT_READ)
  }

  read(id: string): Promise<Receipt | null> {
    return this.#receipts.findOne({ _id: id }, CURRENT_READ)
  }

  /** A receipt that something is to be done for now: since it was listed another process may have done it. */
  async readDue(id: string): Promise<Receipt | null> {
    return this.#receipts.findOne({ _id: id, due: { $lte: await this.#now() } }, CURRENT_READ)
  }

  /** The ids of the receipts that something is to be done for now, the longest due first. */
  async due(limit: number): Promise<string[]> {
    const found = this.#receipts.find(
      { due: { $lte: await this.#now() } },
      { projection: { _id: 1 }, sort: { due: 1 }, limit, ...CURRENT_READ },
    )
    return (await found.toArray()).map(({ _id }) => _id)
  }

  /** Whom a receipt is about; nobody once all is over. */
  personOf({ sealed }: Receipt): string | undefined {
    return sealed === undefined ? undefined : this.#encrypt.decrypt(sealed)
  }

  /** Writes down a piece before it is removed. @throws Overtaken where another one stands */
  async begin({ _id }: Receipt, collection: string, piece: Piece): Promise<Work> {
    const work = { ...piece, collection, token: randomBytes(12).toString('base64url') }
    await this.#change({ _id, work: { $exists: false } }, { $set: { work } })
    return work
  }

  /** Counts a piece that is gone, once, whoever removed it. @throws Overtaken where another counted it */
  async finish({ _id }: Receipt, { token, collection, count }: Work): Promise<void> {
    const counted = { $unset: { work: 1 as const }, $inc: { [`removed.${collection}`]: count } }
    await this.#change({ _id, 'work.token': token }, counted as mongo.UpdateFilter<Receipt>)
  }

  /** Goes to another stage, or through the same again. @throws Overtaken where another process did */
  async advance({ _id, stage, due }: Receipt, to: Stage, set: mongo.Document): Promise<void> {
    await this.#change({ _id, stage, due } as mongo.Filter<Receipt>, [{ $set: { stage: to, ...set } }])
  }

  /** Puts work that failed behind what else is due. */
  async postpone(id: string): Promise<void> {
    const due = { $add: ['$$NOW', AFTER_A_FAILURE] }
    await this.#change({ _id: id, due: { $exists: true } }, [{ $set: { due } }])
  }

  /** The work is over for good: nothing names the person any more. */
  async close({ _id }: Receipt): Promise<void> {
    await this.#change({ _id }, { $unset: { sealed: 1, due: 1 } })
  }

  /** As what a person is known to be erased. */
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
