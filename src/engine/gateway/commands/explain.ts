import type { BSON } from 'mongodb'
import { CommandError } from '../errors/command-error.ts'
import type { Request } from '../protocol/request.ts'
import { rewritePipeline } from '../workarounds/pipelines.ts'
import { type Context, type Reply, serialize } from './command.ts'

const COMMAND_NOT_FOUND = 59

/** Executes `explain`: returns PostgreSQL's plan as JSON, in which indexes have their MongoDB names. */
export async function explain(request: Request, { run }: Context): Promise<Reply> {
  const inner = request.body.explain as BSON.Document
  const kind = { find: 'find', aggregate: 'pipeline', count: 'count' }[Object.keys(inner)[0] ?? '']
  if (!kind) throw new CommandError(COMMAND_NOT_FOUND, 'explain supports only find, aggregate and count')
  const spec = inner.pipeline ? { ...inner, pipeline: rewritePipeline(inner.pipeline) } : inner
  const rows = await run(
    `EXPLAIN (FORMAT JSON, ANALYZE) SELECT document FROM documentdb_api_catalog.bson_aggregation_${kind}($1, $2::bytea)`,
    [request.db, serialize(spec)],
  )
  return { queryPlanner: JSON.parse(rows.map(([text]) => text).join('\n')), ok: 1 }
}
