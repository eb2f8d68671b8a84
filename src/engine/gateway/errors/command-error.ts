import type { BSON } from 'mongodb'
import type { Request } from '../protocol/request.ts'
import { codeOfState, nameOfCode } from './error-codes.ts'

const LOCK_TIMEOUT = 24
const WRITE_CONFLICT = 112
const SHUTDOWN_IN_PROGRESS = 91
/** Codes after which a whole transaction can be tried again. */
const TRANSIENT = new Set([WRITE_CONFLICT, LOCK_TIMEOUT, SHUTDOWN_IN_PROGRESS, 251])

/** A command that failed, with MongoDB's code. */
export class CommandError extends Error {
  readonly code: number
  /** What the reply says besides: labels, the key that was met. */
  readonly details: BSON.Document

  constructor(code: number, message: string, details: BSON.Document = {}) {
    super(message)
    this.code = code
    this.details = details
  }
}

/** What a failed statement means to a MongoDB client. */
export function commandError(error: unknown, request: Request): CommandError {
  const known = error instanceof CommandError ? error : fromSql(error)
  if (request.inTransaction) return inTransactionError(known)
  const isRetryable = known.code === SHUTDOWN_IN_PROGRESS && request.number !== undefined
  return isRetryable ? new CommandError(known.code, known.message, { errorLabels: ['RetryableWriteError'] }) : known
}

/** Whether a whole transaction that met this code can be tried again. */
export function isTransient(code: number): boolean {
  return TRANSIENT.has(code)
}

function fromSql(error: unknown): CommandError {
  const { code, message = String(error) } = error as { code?: string; message?: string }
  if (isLostConnection(error))
    return new CommandError(SHUTDOWN_IN_PROGRESS, `the database server has ended: ${message}`)
  return new CommandError(codeOfState(code), message)
}

/** The server ended, is not there, or takes no connections yet; pg's own errors have no SQLSTATE. */
function isLostConnection(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  if (/^Connection terminated|^Client has encountered a connection error/.test(message)) return true
  return /^(57P0[123]|08\d{3}|ENOENT|ECONNREFUSED|ECONNRESET|EPIPE)$/.test(code)
}

/** A lock that is taken is a conflict inside a transaction. */
function inTransactionError({ code: met, message, details }: CommandError): CommandError {
  const code = met === LOCK_TIMEOUT ? WRITE_CONFLICT : met
  return new CommandError(code, message, isTransient(code) ? { errorLabels: ['TransientTransactionError'] } : details)
}

/** The error as a reply. */
export function errorReply({ code, message, details }: CommandError): BSON.Document {
  return { ok: 0, errmsg: message, code, codeName: nameOfCode(code), ...details }
}
