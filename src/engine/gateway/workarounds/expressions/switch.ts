import { arrayIn, documentIn, type Node, plainValue } from '../../bson-tree.ts'
import { CommandError } from '../../errors/command-error.ts'
import { isConstant, type Rewrite } from './rewrite.ts'

/** MongoDB's error code for a `$switch` of which no branch can be taken. */
const NO_BRANCH = 40069

export const SWITCH_REWRITES: Record<string, Rewrite> = {
  // Constant conditions are refused with the code of those that depend on the document.
  $switch: refuseFalseBranches,
}

/** @throws CommandError 40069 if all conditions are constant and false, and there is no default */
function refuseFalseBranches(operand: Node): undefined {
  const branches = arrayIn(documentIn(operand)?.get('branches'))?.fields ?? []
  if (branches.length === 0 || documentIn(operand)?.get('default')) return
  const conditions = branches.map(([, branch]) => documentIn(branch)?.get('case'))
  if (!conditions.every(condition => condition && isConstant(condition) && !plainValue(condition))) return
  throw new CommandError(NO_BRANCH, '$switch has no default and all of its conditions are constant and false')
}
