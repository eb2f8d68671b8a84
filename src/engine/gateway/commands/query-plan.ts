import type { BSON } from 'mongodb'

/** A node of a plan of PostgreSQL in JSON. The actual numbers are present when the query was executed. */
export interface PlanNode {
  'Node Type': string
  'Index Name'?: string
  'Index Cond'?: string
  'Scan Direction'?: string
  'Actual Rows'?: number
  'Actual Loops'?: number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  IndexDetails?: IndexDetails[]
  Plans?: PlanNode[]
}

/** What DocumentDB knows of an index that a query uses. */
interface IndexDetails {
  indexName: string
  /** The key pattern, in extended JSON. */
  indexKey?: string
  isMultiKey?: boolean
  isBackwardScan?: boolean
}

/** MongoDB's names of the nodes that are stages of their own; other nodes have none. */
const STAGES: Record<string, string> = {
  Limit: 'LIMIT',
  Sort: 'SORT',
  'Incremental Sort': 'SORT',
  Aggregate: 'GROUP',
  Group: 'GROUP',
  'Nested Loop': 'LOOKUP',
  'Hash Join': 'LOOKUP',
  'Function Scan': 'EOF',
}
const TABLE_SCANS = new Set(['Seq Scan', 'Bitmap Heap Scan', 'Index Scan', 'Index Only Scan'])
/** The condition of a scan of the primary key that reads the whole collection. */
const WHOLE_COLLECTION = /^\(shard_key_value = '\d+'::bigint\)$/

/**
 * Converts a plan of PostgreSQL into the stages of MongoDB's `winningPlan`: IXSCAN, FETCH, COLLSCAN, SORT, LIMIT, GROUP, LOOKUP and
 * EOF, with the numbers of `executionStages` when the query was executed.
 */
export function stagesOf(node: PlanNode, details: IndexDetails[] = []): BSON.Document {
  const type = node['Node Type']
  if (TABLE_SCANS.has(type)) return tableScan(node, details)
  const inputs = (node.Plans ?? []).map(child => stagesOf(child, node.IndexDetails ?? details))
  const stage = STAGES[type]
  if (!stage) return inputs.length === 1 && inputs[0] ? inputs[0] : { stage: type.toUpperCase(), inputStages: inputs }
  return { stage, ...rowsReturned(node), ...inputStages(inputs) }
}

/** Returns the sums of the keys and documents that the stages of an executed plan have examined. */
export function examined(stage: BSON.Document): { totalKeysExamined: number; totalDocsExamined: number } {
  const inputs: BSON.Document[] = stage.inputStages ?? (stage.inputStage ? [stage.inputStage] : [])
  return inputs.map(examined).reduce(
    (sum, input) => ({
      totalKeysExamined: sum.totalKeysExamined + input.totalKeysExamined,
      totalDocsExamined: sum.totalDocsExamined + input.totalDocsExamined,
    }),
    { totalKeysExamined: stage.keysExamined ?? 0, totalDocsExamined: stage.docsExamined ?? 0 },
  )
}

function tableScan(node: PlanNode, details: IndexDetails[]): BSON.Document {
  const index = indexScan(node)
  const documents = { ...rowsReturned(node), ...count('docsExamined', rowsExamined(node)) }
  if (!index || WHOLE_COLLECTION.test(index['Index Cond'] ?? '')) {
    return { stage: 'COLLSCAN', ...documents, direction: 'forward' }
  }
  const name = index['Index Name']
  const { indexKey, isMultiKey, isBackwardScan } = details.find(({ indexName }) => indexName === name) ?? {}
  const keyPattern = name === '_id_' ? { _id: 1 } : indexKey && JSON.parse(indexKey)
  return {
    stage: 'FETCH',
    ...documents,
    inputStage: {
      stage: 'IXSCAN',
      ...count('nReturned', rowsExamined(index)),
      ...count('keysExamined', rowsExamined(index)),
      ...(keyPattern && { keyPattern }),
      indexName: name,
      ...(isMultiKey !== undefined && { isMultiKey }),
      direction: isBackwardScan || index['Scan Direction'] === 'Backward' ? 'backward' : 'forward',
    },
  }
}

/** Returns the node that reads the index: the scan itself, or the first one that a bitmap is made of. */
function indexScan(node: PlanNode): PlanNode | undefined {
  if (node['Index Name'] !== undefined) return node
  for (const child of node.Plans ?? []) {
    const found = indexScan(child)
    if (found) return found
  }
  return undefined
}

function inputStages(inputs: BSON.Document[]): BSON.Document {
  if (inputs.length === 0) return {}
  return inputs.length === 1 ? { inputStage: inputs[0] } : { inputStages: inputs }
}

function rowsReturned(node: PlanNode): BSON.Document {
  return count('nReturned', ofAllLoops(node, node['Actual Rows']))
}

function rowsExamined(node: PlanNode): number | undefined {
  const rows = node['Actual Rows']
  if (rows === undefined) return undefined
  return ofAllLoops(node, rows + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0))
}

/** PostgreSQL prints the average of the loops. */
function ofAllLoops(node: PlanNode, rows: number | undefined): number | undefined {
  return rows === undefined ? undefined : Math.round(rows * (node['Actual Loops'] ?? 1))
}

function count(name: string, value: number | undefined): BSON.Document {
  return value === undefined ? {} : { [name]: value }
}
