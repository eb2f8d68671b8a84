import type { BSON } from 'mongodb'
import { arrayIn, Branch, documentIn, nodeOf, parseTree, serializeTree } from '../bson-tree.ts'
import { CommandError } from '../errors/command-error.ts'
import type { Request } from '../protocol/request.ts'
import { rewriteCommand } from '../workarounds/commands.ts'
import type { Context, Reply } from './command.ts'
import { writes } from './queries.ts'

const COMMAND_NOT_FOUND = 59
const FUNCTIONS: Record<string, string> = { find: 'find', aggregate: 'pipeline', count: 'count' }

/**
 * Executes `explain`: returns PostgreSQL's plan as JSON, in which indexes have their MongoDB names. The command itself is executed
 * only with the verbosity `executionStats` or `allPlansExecution`, and never if it writes.
 */
export async function explain(request: Request, { run }: Context): Promise<Reply> {
  const { explain: inner, verbosity } = request.body as { explain: BSON.Document; verbosity?: string }
  const name = Object.keys(inner)[0] ?? ''
  if (!Object.hasOwn(FUNCTIONS, name)) {
    throw new CommandError(COMMAND_NOT_FOUND, 'explain supports only find, aggregate and count')
  }
  const doesWrite = writes(inner.pipeline)
  const command = documentIn(parseTree(request.raw).get('explain')) ?? new Branch([])
  const explained = serializeTree(doesWrite ? withoutLastStage(command) : command)
  const analyze = verbosity !== 'queryPlanner' && !doesWrite ? ', ANALYZE' : ''
  const rows = await run(
    `EXPLAIN (FORMAT JSON${analyze}) SELECT document FROM documentdb_api_catalog.bson_aggregation_${FUNCTIONS[name]}($1, $2::bytea)`,
    [request.db, rewriteCommand(name, explained)],
  )
  return { queryPlanner: JSON.parse(rows.map(([text]) => text).join('\n')), ok: 1 }
}

function withoutLastStage(command: Branch): Branch {
  const stages = arrayIn(command.get('pipeline'))
    ?.fields.slice(0, -1)
    .map(([, stage]) => stage)
  return command.with('pipeline', nodeOf(stages ?? []))
}
