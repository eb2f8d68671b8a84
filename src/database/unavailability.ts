import mongoose from 'mongoose'

const { mongo } = mongoose

/** The outcome of a write is unknown: it may be done, or be undone when another primary takes over. Repeating it is safe. */
export class UnknownOutcome extends Error {
  override readonly name = 'UnknownOutcome'
}

const MAX_TIME_EXPIRED = 50

/**
 * Codes that a server answers while it has no primary, is not one, shuts down, or does not get an acknowledgement in time:
 * HostUnreachable, HostNotFound, WriteConcernFailed, NetworkTimeout, ShutdownInProgress, FailedToSatisfyReadPreference,
 * PrimarySteppedDown, ExceededTimeLimit, SocketException, NotWritablePrimary, InterruptedAtShutdown,
 * InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary.
 */
const CODES = new Set([6, 7, MAX_TIME_EXPIRED, 64, 89, 91, 133, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436])

/** Classes of the driver's errors: no server, no connection, no answer. */
const CLASSES = [
  mongo.MongoNetworkError,
  mongo.MongoServerSelectionError,
  mongo.MongoNotConnectedError,
  mongo.MongoTopologyClosedError,
  mongo.MongoServerClosedError,
  mongo.MongoClientClosedError,
  mongo.MongoOperationTimeoutError,
  mongo.MongoExpiredSessionError,
  UnknownOutcome,
]
/** Errors whose classes are not exported: a full connection pool, and mongoose's error about the selection of a server. */
const NAMES = new Set(['MongoWaitQueueTimeoutError', 'MongoPoolClosedError', 'MongooseServerSelectionError'])

/** Whether an error says that the database can not be reached, has no primary or does not answer in time. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (CLASSES.some(type => error instanceof type) || NAMES.has(error.name)) return true
  return CODES.has(codeOf(error)) || isUnavailable(error.cause)
}

/** Whether the database refuses a command because of its content. */
export function isRefusal(error: unknown): error is mongoose.mongo.MongoServerError {
  return error instanceof mongo.MongoServerError && !isUnavailable(error)
}

/** Whether a command was ended because it took too long. */
export function tookTooLong(error: unknown): boolean {
  return error instanceof mongo.MongoNetworkTimeoutError || codeOf(error) === MAX_TIME_EXPIRED
}

/** Returns the code of a driver's error. The codes of other errors, such as those of the system, are no numbers. */
function codeOf(error: unknown): number {
  const { code } = (error ?? {}) as { code?: unknown }
  return error instanceof mongo.MongoError && typeof code === 'number' ? code : Number.NaN
}
