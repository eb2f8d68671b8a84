import type { BSON } from 'mongodb'
import { codeOfState, nameOfCode } from './error-codes.ts'

const LOCK_TIMEOUT = 24
const WRITE_CONFLICT = 112
/** Codes after which a whole transaction can be tried again. */
const TRANSIENT = new Set([WRITE_CONFLICT, LOCK_TIMEOUT, 91, 251])

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
export function commandError(error: unknown, inTransaction: boolean): CommandError {
  const known = error instanceof CommandError ? error : fromSql(error)
  return inTransaction ? inTransactionError(known) : known
}

/** Whether a whole transaction that met this code can be tried again. */
export function isTransient(code: number): boolean {
  return TRANSIENT.has(code)
}

function fromSql(error: unknown): CommandError {
  const { code, message = String(error) } = error as { code?: string; message?: string }
  return new CommandError(codeOfState(code), message)
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
