import type { mongo } from 'mongoose'
import { CURRENT_READ, isDuplicateKey } from '../../database/connect.ts'
import { sendDeletes, sendWrites } from '../../database/writes.ts'
import type { LoggedEvent } from '../event.ts'
import type { PersonHash } from '../person-hash.ts'

/** The collection of the event log, and the view of it without duplicates. */
export const EVENTS = 'events'
export const EVENTS_ONCE = 'eventsOnce'

export type Layout = 'plain' | 'timeseries'

/** The indexes for the events of an image and of a person. */
export const IMAGE_INDEX = { imageId: 1, at: 1 } as const
export const PERSON_INDEX = { person: 1, at: 1 } as const

/** Matches the events that count: not those of crawlers and prefetches. */
export const COUNTED = { automated: { $exists: false } }

/** BadValue, DollarPrefixedFieldName, DocumentValidationFailure, BSONObjectTooLarge, KeyTooLong: errors that a retry does not change. */
const PERMANENT_ERRORS = new Set([2, 52, 121, 10334, 17280])

/** The result of an insert. */
export interface Inserted {
  /** The error message of each permanently refused item, by index. */
  refused: Map<number, string>
  /** Indexes of the items whose `_id` existed already; the existing document may be another event. */
  existing: Set<number>
  /** The `operationTime` of the reply in seconds, if it has one. */
  operation: number | undefined
}

/** A filter on the events of one person. */
export type PersonMatch = { person: string } & mongo.Document

/** The id of an event, its image and its time. */
type EventPlace = Pick<LoggedEvent, '_id' | 'imageId' | 'at'>

/** The part of the log that readers need. */
export type ReadableLog = Pick<Log, 'layout' | 'read' | 'hashPerson'>

/** The event log, with the same behaviour in both layouts. */
export class Log {
  readonly layout: Layout
  readonly forgets: boolean
  /** Hashes people for sketches, so that roll-ups name nobody. */
  readonly hashPerson: PersonHash
  readonly #db: mongo.Db
  readonly #readName: string

  /**
   * @param readName the collection or view to read; tests read a view over two collections
   * @param forgets whether single events can be deleted, which a time series supports since MongoDB 7.0
   */
  constructor(db: mongo.Db, layout: Layout, hashPerson: PersonHash, readName = EVENTS, forgets = true) {
    this.layout = layout
    this.forgets = forgets
    this.hashPerson = hashPerson
    this.#db = db
    this.#readName = readName
  }

  /**
   * Inserts the events in one unordered command with majority write concern. An existing `_id` counts as stored.
   * @throws when the outcome of any item is unknown
   */
  async insert(documents: LoggedEvent[]): Promise<Inserted> {
    const { failed, operation } = await sendWrites(this.#db, { insert: EVENTS, documents })
    const refused = new Map<number, string>()
    const existing = new Set<number>()
    for (const item of failed) {
      const { index, code, errmsg } = item
      if (isDuplicateKey(item)) existing.add(index)
      else if (PERMANENT_ERRORS.has(code)) refused.set(index, errmsg)
      else throw new Error(`the outcome of an insert into the event log is unknown: ${errmsg}`)
    }
    return { refused, existing, operation }
  }

  /** Aggregates the matching events, without duplicates, through further stages. */
  read<Row extends mongo.Document = LoggedEvent>(
    match: mongo.Document,
    stages: mongo.Document[] = [],
    options: mongo.AggregateOptions = {},
  ): mongo.AggregationCursor<Row> {
    const once = this.layout === 'plain' ? [] : onceEach
    return this.#db.collection(this.#readName).aggregate<Row>([{ $match: match }, ...once, ...stages], options)
  }

  /** Whether there are no events from `from` (inclusive) to `to` (exclusive). Costs one index look-up. */
  async isEmpty({ from, to }: { from: Date; to: Date }): Promise<boolean> {
    const match = { at: { $gte: from, $lt: to } }
    return (
      (await this.#db.collection(this.#readName).findOne(match, { ...CURRENT_READ, projection: { _id: 1 } })) === null
    )
  }

  /**
   * Returns the newest matching events of a person, newest first, without duplicates. Uses the index on person and time even when
   * the filter names an image. May return fewer than `count` although there are more.
   * @returns at most `count` events, and whether there are more
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

  /** Returns the place of a person's `count` oldest events, and of all others at the time of the last one, by time and then id. */
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
   * Deletes matching events of people with majority write concern.
   * @returns the `operationTime` of the reply in seconds, if it has one
   * @throws when the outcome is unknown
   */
  async forget(match: { person: unknown } & mongo.Document): Promise<{ operation: number | undefined }> {
    return { operation: await sendDeletes(this.#db, EVENTS, [{ q: match, limit: 0 }]) }
  }
}

/** Stages that remove duplicates: of the events with one `_id` the one that sorts first remains, for every reader. */
export const onceEach: mongo.Document[] = [
  { $group: { _id: '$_id', event: { $min: '$$ROOT' } } },
  { $replaceRoot: { newRoot: '$event' } },
]
