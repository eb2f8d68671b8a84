import type { BSON } from 'mongodb'
import type { Request } from '../protocol/request.ts'
import { codeOfState, nameOfCode } from './error-codes.ts'

const LOCK_TIMEOUT = 24
const WRITE_CONFLICT = 112
const SHUTDOWN_IN_PROGRESS = 91
const NO_SUCH_TRANSACTION = 251
/** Error codes after which the whole transaction can be retried. */
const TRANSIENT_CODES = new Set([WRITE_CONFLICT, LOCK_TIMEOUT, SHUTDOWN_IN_PROGRESS, NO_SUCH_TRANSACTION])

/** A failed command, with MongoDB's error code. */
export class CommandError extends Error {
  readonly code: number
  /** Further fields of the reply: error labels, or the pattern of a duplicate key. */
  readonly details: BSON.Document

  constructor(code: number, message: string, details: BSON.Document = {}) {
    super(message)
    this.code = code
    this.details = details
  }
}

/**
 * Converts an error into a MongoDB error, with the label that lets drivers retry: `TransientTransactionError` in a transaction,
 * `RetryableWriteError` for a retryable write while the database restarts.
 */
export function commandError(error: unknown, request: Request): CommandError {
  const converted = error instanceof CommandError ? error : fromSql(error)
  if (request.inTransaction) return inTransactionError(converted)
  const { code, message } = converted
  const isRetryable = code === SHUTDOWN_IN_PROGRESS && request.txnNumber !== undefined
  return isRetryable ? new CommandError(code, message, { errorLabels: ['RetryableWriteError'] }) : converted
}

/** Whether a transaction that failed with this code can be retried as a whole. */
export function isTransient(code: number): boolean {
  return TRANSIENT_CODES.has(code)
}

function fromSql(error: unknown): CommandError {
  const { code = '', message = String(error) } = error as { code?: string; message?: string }
  if (isLostConnection(error))
    return new CommandError(SHUTDOWN_IN_PROGRESS, `the connection to the database server is lost: ${message}`)
  return new CommandError(codeOfState(code, message), message)
}

/** Whether the server has exited, is not running, or does not accept connections yet. Errors of pg itself have no SQLSTATE. */
function isLostConnection(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  if (/^Connection terminated|^Client has encountered a connection error/.test(message)) return true
  return /^(57P0[123]|08\d{3}|ENOENT|ECONNREFUSED|ECONNRESET|EPIPE)$/.test(code)
}

/** Labels the error of a command in a transaction. A lock timeout counts as a write conflict there. */
function inTransactionError({ code: originalCode, message, details }: CommandError): CommandError {
  const code = originalCode === LOCK_TIMEOUT ? WRITE_CONFLICT : originalCode
  return new CommandError(code, message, isTransient(code) ? { errorLabels: ['TransientTransactionError'] } : details)
}

/** Returns the reply for an error. */
export function errorReply({ code, message, details }: CommandError): BSON.Document {
  return { ok: 0, errmsg: message, code, codeName: nameOfCode(code), ...details }
}
