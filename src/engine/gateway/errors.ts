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

/** What a failed statement means to a MongoDB client; a lock that is taken is a conflict inside a transaction. */
export function commandError(error: unknown, inTransaction: boolean): CommandError {
  if (error instanceof CommandError) return inTransaction ? labelled(error.code, error.message) : error
  const { code: state, message = String(error) } = error as { code?: string; message?: string }
  const { code } = codeOfState(state)
  if (!inTransaction) return new CommandError(code, message)
  return labelled(code === LOCK_TIMEOUT ? WRITE_CONFLICT : code, message)
}

function labelled(code: number, message: string): CommandError {
  return new CommandError(code, message, TRANSIENT.has(code) ? ['TransientTransactionError'] : [])
}

/** The error as a reply. */
export function errorReply(error: CommandError): BSON.Document {
  const labels = error.labels.length > 0 ? { errorLabels: error.labels } : {}
  return { ok: 0, errmsg: error.message, code: error.code, codeName: nameOfCode(error.code), ...labels }
}
