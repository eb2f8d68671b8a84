import type { BSON } from 'mongodb'
import { codeOfState, nameOfCode } from './error-codes.ts'

const LOCK_TIMEOUT = 24
const WRITE_CONFLICT = 112
/** Codes after which a whole transaction can be tried again. */
const TRANSIENT = new Set([WRITE_CONFLICT, LOCK_TIMEOUT, 91, 251])

/** A command that failed, with MongoDB's code. */
export class CommandError extends Error {
  readonly code: number
  readonly labels: string[]

  constructor(code: number, message: string, labels: string[] = []) {
    super(message)
    this.code = code
    this.labels = labels
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
  return new CommandError(codeOfState(code).code, message)
}

/** A lock that is taken is a conflict inside a transaction. */
function inTransactionError({ code: met, message }: CommandError): CommandError {
  const code = met === LOCK_TIMEOUT ? WRITE_CONFLICT : met
  return new CommandError(code, message, isTransient(code) ? ['TransientTransactionError'] : [])
}

/** The error as a reply. */
export function errorReply(error: CommandError): BSON.Document {
  const labels = error.labels.length > 0 ? { errorLabels: error.labels } : {}
  return { ok: 0, errmsg: error.message, code: error.code, codeName: nameOfCode(error.code), ...labels }
}
