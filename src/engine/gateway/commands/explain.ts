import type { BSON } from 'mongodb'
import { arrayIn, Branch, documentIn, nodeOf, parseTree, serializeTree } from '../bson-tree.ts'
import { CommandError } from '../errors/command-error.ts'
import type { Request } from '../protocol/request.ts'
import { rewriteCommand } from '../workarounds/commands.ts'
import type { Context, Reply } from './command.ts'
import { WRITING_STAGES, writes } from './queries.ts'
import { examined, type PlanNode, stagesOf } from './query-plan.ts'

const COMMAND_NOT_FOUND = 59

/** A query to explain: the function of DocumentDB that plans it, its specification, and the stage that writes what it finds. */
interface Query {
  plannedBy: 'find' | 'pipeline' | 'count'
  command: Branch
  writer?: 'UPDATE' | 'DELETE'
}

/** The commands that can be explained, as queries. */
const QUERIES: Record<string, (command: Branch) => Query> = {
  find: command => ({ plannedBy: 'find', command }),
  count: command => ({ plannedBy: 'count', command }),
  aggregate: command => ({ plannedBy: 'pipeline', command: withoutWritingStage(command) }),
  distinct: command => findOf(command, 'distinct', command),
  update: command => ({ ...findOf(command, 'update', firstItem(command, 'updates')), writer: 'UPDATE' }),
  delete: command => ({ ...findOf(command, 'delete', firstItem(command, 'deletes')), writer: 'DELETE' }),
  findAndModify: command => ({
    ...findOf(command, 'findAndModify', command),
    writer: command.get('remove') ? 'DELETE' : 'UPDATE',
  }),
}

/**
 * Executes `explain`: returns PostgreSQL's plan in MongoDB's form, and as it is in `postgresqlPlan`. The query is executed only with
 * the verbosity `executionStats` or `allPlansExecution`; writes are never executed.
 * @throws CommandError 59 (CommandNotFound) for other commands than queries, updates and deletes
 */
export async function explain(request: Request, { run }: Context): Promise<Reply> {
  const { explain: command, verbosity } = request.body as { explain: BSON.Document; verbosity?: string }
  const name = Object.keys(command)[0] ?? ''
  const queryOf = Object.hasOwn(QUERIES, name) ? QUERIES[name] : undefined
  const inner = documentIn(parseTree(request.raw).get('explain'))
  if (!queryOf || !inner) throw new CommandError(COMMAND_NOT_FOUND, `explain does not support the command '${name}'`)
  const { plannedBy, command: query, writer } = queryOf(inner)
  const isExecuted = verbosity !== 'queryPlanner' && !writer && !writes(command.pipeline)
  const rows = await run(
    `EXPLAIN (FORMAT JSON${isExecuted ? ', ANALYZE' : ''})
     SELECT document FROM documentdb_api_catalog.bson_aggregation_${plannedBy}($1, $2::bytea)`,
    [request.db, rewriteCommand(query.fields[0]?.[0] ?? '', serializeTree(query))],
  )
  const [plan] = JSON.parse(rows.map(([text]) => text).join('\n'))
  const stages = stagesOf(plan.Plan as PlanNode)
  return {
    explainVersion: '1',
    queryPlanner: {
      namespace: `${request.db}.${command[name]}`,
      winningPlan: writer ? { stage: writer, inputStage: stages } : stages,
      rejectedPlans: [],
    },
    ...(isExecuted && { executionStats: executionStats(plan, stages) }),
    command,
    postgresqlPlan: plan,
    ok: 1,
  }
}

/** Returns the `explain` command for an `aggregate` with the option `explain`. */
export function explainOf(request: Request): Request {
  const body = { explain: request.body, verbosity: 'queryPlanner' }
  return {
    ...request,
    name: 'explain',
    body,
    raw: serializeTree(nodeOf({ explain: parseTree(request.raw) }) as Branch),
  }
}

function executionStats(plan: { Plan: PlanNode; 'Execution Time': number }, stages: BSON.Document): BSON.Document {
  return {
    executionSuccess: true,
    nReturned: plan.Plan['Actual Rows'],
    executionTimeMillis: Math.round(plan['Execution Time']),
    ...examined(stages),
    executionStages: stages,
  }
}

/** Returns the `find` command for the filter and sort of a part of a command. */
function findOf(command: Branch, name: string, part: Branch): Query {
  const filter = part.get('q') ?? part.get('query') ?? {}
  const sort = part.get('sort')
  const find = nodeOf({ find: command.get(name), filter, ...(sort && { sort }) }) as Branch
  return { plannedBy: 'find', command: find }
}

function firstItem(command: Branch, name: string): Branch {
  return documentIn(arrayIn(command.get(name))?.fields[0]?.[1]) ?? new Branch([])
}

function withoutWritingStage(command: Branch): Branch {
  const stages = (arrayIn(command.get('pipeline'))?.fields ?? []).map(([, stage]) => stage)
  const last = documentIn(stages.at(-1))?.fields[0]?.[0] ?? ''
  return WRITING_STAGES.has(last) ? command.with('pipeline', nodeOf(stages.slice(0, -1))) : command
}
