import type { mongo } from 'mongoose'
import { CURRENT_READ, isDuplicateKey } from '../../database/connect.ts'
import { sendDeletes, sendWrites } from '../../database/writes.ts'
import type { LoggedEvent } from '../event.ts'
import type { PersonHash } from '../person-hash.ts'

/** The collection of events, and the name that people read each event once under. */
export const EVENTS = 'events'
export const EVENTS_ONCE = 'eventsOnce'

export type Layout = 'plain' | 'timeseries'

/** The indexes of the log, of an image's and a person's events. */
export const IMAGE_INDEX = { imageId: 1, at: 1 } as const
export const PERSON_INDEX = { person: 1, at: 1 } as const

/** BadValue, DollarPrefixedFieldName, DocumentValidationFailure, BSONObjectTooLarge, KeyTooLong: no retry mends these. */
const FOR_GOOD = new Set([2, 52, 121, 10334, 17280])

/** What became of an insert. */
export interface Inserted {
  /** Why, by index, for the items that are refused for good. */
  refused: Map<number, string>
  /** Indexes of the items whose identity stood already: what stands may be another event. */
  existing: Set<number>
  /** The database's time in seconds, where it tells. */
  operation: number | undefined
}

/** What chooses among a person's events. */
export type PersonMatch = { person: string } & mongo.Document

/** Which event, and in which minute of which image. */
type EventPlace = Pick<LoggedEvent, '_id' | 'imageId' | 'at'>

/** What is needed to read the log. */
export type ReadableLog = Pick<Log, 'layout' | 'read' | 'hashPerson'>

/** The log of events, the same from outside in whichever layout the server has. */
export class Log {
  readonly layout: Layout
  readonly forgets: boolean
  /** As what its people are counted: nothing that is made of the log names them. */
  readonly hashPerson: PersonHash
  readonly #db: mongo.Db
  readonly #readName: string

  /**
   * @param readName what is read; another name than what is written to only where a test stands both layouts side by side
   * @param forgets whether single events can be deleted: a time series learnt that with MongoDB 7.0
   */
  constructor(db: mongo.Db, layout: Layout, hashPerson: PersonHash, readName = EVENTS, forgets = true) {
    this.layout = layout
    this.forgets = forgets
    this.hashPerson = hashPerson
    this.#db = db
    this.#readName = readName
  }

  /**
   * Inserts them in one command, majority; those that stand already count as stored.
   * @throws when the outcome of any item is not known
   */
  async insert(documents: LoggedEvent[]): Promise<Inserted> {
    const { failed, operation } = await sendWrites(this.#db, { insert: EVENTS, documents, ordered: false })
    const refused = new Map<number, string>()
    const existing = new Set<number>()
    for (const item of failed) {
      const { index, code, errmsg } = item
      if (isDuplicateKey(item)) existing.add(index)
      else if (FOR_GOOD.has(code)) refused.set(index, errmsg)
      else throw new Error(`an event is not known to be kept: ${errmsg}`)
    }
    return { refused, existing, operation }
  }

  /** Reads the matching events, each once, through further stages. */
  read<Row extends mongo.Document = LoggedEvent>(
    match: mongo.Document,
    stages: mongo.Document[] = [],
    options: mongo.AggregateOptions = {},
  ): mongo.AggregationCursor<Row> {
    const once = this.layout === 'plain' ? [] : onceEach
    return this.#db.collection(this.#readName).aggregate<Row>([{ $match: match }, ...once, ...stages], options)
  }

  /** Whether nothing stands from `from` to before `to`; quickly said of any length. */
  async isEmpty({ from, to }: { from: Date; to: Date }): Promise<boolean> {
    const match = { at: { $gte: from, $lt: to } }
    return (
      (await this.#db.collection(this.#readName).findOne(match, { ...CURRENT_READ, projection: { _id: 1 } })) === null
    )
  }

  /**
   * The newest of a person's matching events, newest first, each once: at most `count`, by the index of person and time, also
   * where few of many people's events on an image are theirs. Fewer do not mean that there are no more.
   * @returns them, and whether there are more
   */
  async newestOf(match: PersonMatch, count: number): Promise<{ events: LoggedEvent[]; more: boolean }> {
    const times = await this.#db
      .collection(this.#readName)
      .find<{ at: Date }>(match, { projection: { _id: 0, at: 1 }, hint: PERSON_INDEX })
      .sort({ at: -1 })
      .limit(count + 1)
      .toArray()
    const oldest = times.at(-1)
    if (!oldest) return { events: [], more: false }
    const recent = { $and: [match, { at: { $gte: oldest.at } }] }
    const newest = [{ $sort: { at: -1, _id: -1 } }, { $limit: count }]
    const events = await this.read(recent, newest, { hint: PERSON_INDEX }).toArray()
    return { events, more: times.length > count }
  }

  /** Where a person's oldest events are: some `count`, and all of the last one's time; by time and then id. */
  async oldestOf(person: string, count: number): Promise<EventPlace[]> {
    const events = this.#db.collection<LoggedEvent>(this.#readName)
    const options = { hint: PERSON_INDEX, ...CURRENT_READ }
    const [last] = await events
      .find({ person }, options)
      .sort({ at: 1 })
      .skip(count - 1)
      .limit(1)
      .toArray()
    const match = last ? { person, at: { $lte: last.at } } : { person }
    const found = await events.find(match, { ...options, projection: { imageId: 1, at: 1 } }).toArray()
    return found.sort((a, b) => a.at.getTime() - b.at.getTime() || (a._id < b._id ? -1 : 1))
  }

  /**
   * Deletes the matching events of people, majority.
   * @returns the database's time in seconds, where it tells
   * @throws when it is not known that they are gone
   */
  async forget(match: { person: unknown } & mongo.Document): Promise<{ operation: number | undefined }> {
    return { operation: await sendDeletes(this.#db, EVENTS, [{ q: match, limit: 0 }]) }
  }
}

/** Of two events with one identity the one whose fields sort first counts, whoever asks. */
export const onceEach: mongo.Document[] = [
  { $group: { _id: '$_id', event: { $min: '$$ROOT' } } },
  { $replaceRoot: { newRoot: '$event' } },
]
