import { CommandError } from '../errors/command-error.ts'
import { BAD_VALUE, COMMAND_NOT_SUPPORTED } from '../errors/error-codes.ts'
import type { Request } from '../protocol/request.ts'

const UNSATISFIABLE_WRITE_CONCERN = 100
const READ_CONCERN_LEVELS = new Set(['local', 'available', 'majority', 'linearizable', 'snapshot'])

/**
 * Checks that the single node can satisfy the read and write concern of a command.
 * @throws CommandError 2 (BadValue) for an unknown level; 100 (UnsatisfiableWriteConcern) for more than one node; 115
 *   (CommandNotSupported) for a snapshot outside a transaction
 */
export function checkConcerns({ body, inTransaction }: Request): void {
  const { level } = body.readConcern ?? {}
  if (level !== undefined && !READ_CONCERN_LEVELS.has(level)) {
    throw new CommandError(BAD_VALUE, `unknown read concern level: ${level}`)
  }
  if (level === 'snapshot' && !inTransaction) {
    throw new CommandError(COMMAND_NOT_SUPPORTED, 'read concern snapshot is supported only in transactions')
  }
  const { w } = body.writeConcern ?? {}
  if (typeof w === 'number' && w > 1) {
    throw new CommandError(UNSATISFIABLE_WRITE_CONCERN, 'Not enough data-bearing nodes')
  }
}
