import { Branch, type Node, parseTree, serializeTree } from '../bson-tree.ts'
import { documentsIn } from '../protocol/request.ts'
import { REWRITTEN_OPERATORS } from './expressions.ts'
import { refuseBooleans } from './increments.ts'
import { rewritePipeline } from './pipelines.ts'
import { rewriteProjection } from './projections.ts'
import { rewritePositionalQuery, rewriteQuery } from './queries/queries.ts'
import { rewriteUpdate } from './updates.ts'

/** Commands without any of these names need no rewriting, apart from the top of updates. */
const REWRITTEN_NAMES = new Set([
  ...REWRITTEN_OPERATORS,
  '$count',
  '$bucket',
  '$bucketAuto',
  '$group',
  '$sortByCount',
  '$facet',
  '$elemMatch',
  '$regex',
  '$in',
  '$nin',
  '$or',
  '$size',
  '$type',
  '$bitsAllSet',
  '$bitsAllClear',
  '$bitsAnySet',
  '$bitsAnyClear',
])
/** Comparisons need rewriting with operands of these BSON types: doubles and decimals, `MinKey` and `MaxKey`. */
const COMPARISONS = new Set(['$gt', '$gte', '$lt', '$lte'])
const COMPARED_TYPES = new Set([1, 19, 127, 255])
/** The positional operator `$` in a path. */
const POSITIONS = ['.$\0', '.$.']
/** The field of `find` whose document is rewritten whatever it contains. */
const PROJECTION = '\x03projection\0'
const LONGEST_NAME = Math.max(...[...REWRITTEN_NAMES].map(name => name.length))

/** Rewrites the value of a field of a document. */
type Rewrite = (value: Node, document: Branch) => Node

/** A query keeps its operators where an update or a projection refers to the position of the match. */
const rewriteFilter: Rewrite = (query, document) =>
  POSITIONS.some(position => document.bytes?.includes(position)) ? rewritePositionalQuery(query) : rewriteQuery(query)

/** The query of an update also refuses the documents that `$inc` takes in DocumentDB alone. */
const rewriteUpdateFilter: Rewrite = (query, document) => {
  const rewritten = rewriteFilter(query, document)
  return rewritten instanceof Branch ? refuseBooleans(rewritten, document) : rewritten
}

/** Rewrites for the fields of commands that contain queries, projections or pipelines. */
const FIELDS: Record<string, Record<string, Rewrite>> = {
  aggregate: { pipeline: rewritePipeline },
  create: { pipeline: rewritePipeline },
  find: { filter: rewriteFilter, projection: rewriteProjection },
  count: { query: rewriteQuery },
  distinct: { query: rewriteQuery },
  findAndModify: { query: rewriteUpdateFilter, fields: rewriteProjection, update: rewriteUpdate },
  findandmodify: { query: rewriteUpdateFilter, fields: rewriteProjection, update: rewriteUpdate },
  update: { updates: items => mapItems(items, rewriteUpdateItem) },
  delete: { deletes: items => mapItems(items, rewriteDeleteItem) },
}

/** Commands whose updates are rewritten whatever they contain. */
const UPDATES = new Set(['update', 'findAndModify', 'findandmodify'])

/** Rewrites a command's document so that DocumentDB returns what MongoDB returns for the original one. */
export function rewriteCommand(name: string, raw: Buffer): Buffer {
  const rewrites = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined
  return rewrites && needsRewriting(name, raw) ? serializeTree(rewriteFields(parseTree(raw), rewrites)) : raw
}

/** Rewrites the items of a document sequence, which belong to an update or delete. */
export function rewriteSequence(name: string, sequence: Buffer | null): Buffer | null {
  if (!sequence || !(name === 'update' || name === 'delete') || !needsRewriting(name, sequence)) return sequence
  const rewrite = name === 'update' ? rewriteUpdateItem : rewriteDeleteItem
  return Buffer.concat(documentsIn(sequence).map(item => serializeTree(rewrite(parseTree(item)))))
}

function needsRewriting(name: string, bytes: Buffer): boolean {
  return UPDATES.has(name) || (name === 'find' && bytes.includes(PROJECTION)) || containsRewrittenName(bytes)
}

/** Looks at each `$` once, since commands can have many megabytes. */
function containsRewrittenName(bytes: Buffer): boolean {
  for (let at = bytes.indexOf('$'); at >= 0; at = bytes.indexOf('$', at + 1)) {
    const [name = ''] = bytes.toString('latin1', at, at + LONGEST_NAME + 1).split('\0', 1)
    if (REWRITTEN_NAMES.has(name)) return true
    // The type of a value stands before its name.
    if (COMPARISONS.has(name) && COMPARED_TYPES.has(bytes[at - 1] ?? 0)) return true
  }
  return false
}

function rewriteUpdateItem(item: Branch): Branch {
  return rewriteFields(item, { q: rewriteUpdateFilter, u: rewriteUpdate })
}

function rewriteDeleteItem(item: Branch): Branch {
  return rewriteFields(item, { q: rewriteQuery })
}

function rewriteFields(document: Branch, rewrites: Record<string, Rewrite>): Branch {
  return document.map((value, name) =>
    Object.hasOwn(rewrites, name) ? (rewrites[name]?.(value, document) ?? value) : value,
  )
}

function mapItems(items: Node, rewrite: (item: Branch) => Node): Node {
  return items instanceof Branch ? items.map(item => (item instanceof Branch ? rewrite(item) : item)) : items
}
