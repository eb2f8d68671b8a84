import type { mongo } from 'mongoose'

/** How long a command may take, in ms, by what it is for; a transaction is all commands of it, with their repetitions. */
const LIMITS = {
  /** Everything that is not named below. */
  ordinary: 10_000,
  transaction: 30_000,
  /** What the roll-up worker reads to sum a bucket. */
  rollUp: 60_000,
  /** Reads of a whole collection or of days of the log: exports, datasets, audit, verification, export of a person. */
  scan: 10 * 60_000,
} as const

/** The server ends a command at its limit; the connection is given up so much later, when no answer has come. */
const MARGIN_MS = 2_000

/** Options of one command: the limit on the server, and how long the connection waits for an answer. */
type TimeLimit = { maxTimeMS: number }

/** Returns the options of a command that may take that long, in ms. The driver's own `timeoutMS` has no effect. */
export function limitedTo(time: number): TimeLimit {
  return { maxTimeMS: time, socketTimeoutMS: socketTimeout(time) } as TimeLimit
}

export const ROLL_UP_LIMIT = limitedTo(LIMITS.rollUp)
export const SCAN_LIMIT = limitedTo(LIMITS.scan)
/** Options of commands that end when they are done: building an index. */
export const NO_LIMIT = { socketTimeoutMS: 0 } as object
export const ORDINARY_MS: number = LIMITS.ordinary
export const TRANSACTION_MS: number = LIMITS.transaction

/** Returns how long a connection waits for the answer to a command with that limit, in ms. */
export function socketTimeout(time: number): number {
  return time + Math.min(MARGIN_MS, time)
}

/** The position of the options among the parameters of a collection's methods. */
const OPTIONS_AT = {
  aggregate: 1,
  countDocuments: 1,
  deleteMany: 1,
  deleteOne: 1,
  distinct: 2,
  find: 1,
  findOne: 1,
  findOneAndDelete: 1,
  findOneAndReplace: 2,
  findOneAndUpdate: 2,
  insertMany: 1,
  insertOne: 1,
  replaceOne: 2,
  updateMany: 2,
  updateOne: 2,
} as const

/** Returns a handle of a database whose commands are ended by the server after `time` ms, unless they have a limit of their own. */
export function withTimeLimit(db: mongo.Db, time: number): mongo.Db {
  const command: typeof db.command = (command, options) =>
    db.command({ ...command, maxTimeMS: command.maxTimeMS ?? time }, options)
  const collection: typeof db.collection = (name, options) => limited(db.collection(name, options), time)
  return Object.assign(Object.create(db), { command, collection })
}

function limited<Document extends mongo.Document>(collection: mongo.Collection<Document>, time: number) {
  const methods = Object.entries(OPTIONS_AT).map(([name, at]) => {
    const method = collection[name as keyof typeof OPTIONS_AT] as (...args: unknown[]) => unknown
    const limitedMethod = (...args: unknown[]) => {
      const before = Array.from({ length: at }, (_, i) => args[i])
      return method.call(collection, ...before, { maxTimeMS: time, ...(args[at] as object | undefined) })
    }
    return [name, limitedMethod]
  })
  return Object.assign(Object.create(collection), Object.fromEntries(methods)) as mongo.Collection<Document>
}
