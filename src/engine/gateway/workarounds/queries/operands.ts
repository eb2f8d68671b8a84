import { arrayIn, type Branch, documentIn, type Node, nodeOf, numberIn, plainValue, typeOf } from '../../bson-tree.ts'
import { CommandError } from '../../errors/command-error.ts'
import { BAD_VALUE } from '../../errors/error-codes.ts'

const BOOLEAN_TYPE = 8
const DOUBLE_TYPE = 1
const LONG_TYPE = 18
const MAX_INT = 2_147_483_647

/** Checks the operand of an operator and returns the one to use. */
type Check = (operand: Node, operator: string) => Node

const CHECKS: Record<string, Check> = {
  // DocumentDB takes booleans and longs.
  $size: checkSize,
  // DocumentDB takes 0.
  $type: checkType,
  // DocumentDB refuses numbers with more than 32 bits, and takes fractions for positions.
  $bitsAllSet: checkBits,
  $bitsAllClear: checkBits,
  $bitsAnySet: checkBits,
  $bitsAnyClear: checkBits,
  $not: checkOperands,
  $elemMatch: checkOperands,
}

/** Checks the operands in a condition. @throws CommandError 2 for operands that DocumentDB takes and MongoDB refuses */
export function checkOperands(condition: Node): Node {
  const check = (operand: Node, name: string) => (Object.hasOwn(CHECKS, name) ? CHECKS[name]?.(operand, name) : operand)
  return documentIn(condition)?.map(check) ?? condition
}

function checkSize(operand: Node): Node {
  if (typeOf(operand) === BOOLEAN_TYPE) throw new CommandError(BAD_VALUE, 'Failed to parse $size. Expected a number')
  if ((numberIn(operand) ?? 0) > MAX_INT)
    throw new CommandError(BAD_VALUE, 'Failed to parse $size. The number exceeds 32 bits')
  return operand
}

function checkType(operand: Node): Node {
  const types = arrayIn(operand)?.fields.map(([, type]) => type) ?? [operand]
  if (types.some(type => numberIn(type) === 0)) throw new CommandError(BAD_VALUE, 'Invalid numerical type code: 0')
  return operand
}

function checkBits(operand: Node, operator: string): Node {
  const positions = arrayIn(operand)
  if (positions) return checkPositions(positions, operator)
  const mask = numberIn(operand) ?? 0
  if (mask <= MAX_INT || !Number.isInteger(mask) || mask > 2 ** 63) return operand
  const bits = typeOf(operand) === LONG_TYPE ? BigInt(String(plainValue(operand))) : BigInt(mask)
  if (bits >= 2n ** 63n) return operand
  return nodeOf(Array.from({ length: 63 }, (_, i) => i).filter(i => (bits >> BigInt(i)) & 1n))
}

function checkPositions(positions: Branch, operator: string): Branch {
  const isFraction = (position: Node) => typeOf(position) === DOUBLE_TYPE && !Number.isInteger(numberIn(position))
  if (positions.fields.some(([, position]) => isFraction(position)))
    throw new CommandError(BAD_VALUE, `bit positions of ${operator} must be integers`)
  return positions
}
