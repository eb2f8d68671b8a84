import { arrayIn, Branch, documentIn, type Node, parseTree, serializeTree } from '../bson-tree.ts'
import { rewriteExpression, rewriteQuery } from './expressions.ts'
import { rewritePipeline } from './pipelines.ts'

/** Commands without any of these names need no rewriting: most commands are not parsed at all. */
const REWRITTEN_NAMES = '$dateTrunc $regexMatch $regexFind $count $bucket $group $sortByCount $toString'
  .split(' ')
  .map(name => Buffer.from(name))

/** Rewrites for the fields of commands that contain queries, projections or pipelines. */
const FIELDS: Record<string, Record<string, (value: Node) => Node>> = {
  aggregate: { pipeline: rewritePipeline },
  create: { pipeline: rewritePipeline },
  find: { filter: rewriteQuery, projection: rewriteExpression },
  count: { query: rewriteQuery },
  distinct: { query: rewriteQuery },
  findAndModify: { query: rewriteQuery, fields: rewriteExpression, update: rewriteUpdate },
  findandmodify: { query: rewriteQuery, fields: rewriteExpression, update: rewriteUpdate },
  update: { updates: items => mapItems(items, rewriteUpdateItem) },
  delete: { deletes: items => mapItems(items, item => rewriteFields(item, { q: rewriteQuery })) },
}

/** Rewrites a command's document so that DocumentDB returns what MongoDB returns for the original one. */
export function rewriteCommand(name: string, raw: Buffer): Buffer {
  const rewrites = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined
  if (!rewrites || !REWRITTEN_NAMES.some(operator => raw.includes(operator))) return raw
  return serializeTree(rewriteFields(parseTree(raw), rewrites) as Branch)
}

/** Rewrites the items of a document sequence, which belong to an update or delete. */
export function rewriteSequence(name: string, sequence: Buffer | null): Buffer | null {
  if (!sequence || !(name === 'update' || name === 'delete')) return sequence
  if (!REWRITTEN_NAMES.some(operator => sequence.includes(operator))) return sequence
  const items: Buffer[] = []
  for (let at = 0; at < sequence.length; at += sequence.readInt32LE(at)) {
    const item = parseTree(sequence.subarray(at, at + sequence.readInt32LE(at)))
    items.push(
      serializeTree((name === 'update' ? rewriteUpdateItem(item) : rewriteFields(item, { q: rewriteQuery })) as Branch),
    )
  }
  return Buffer.concat(items)
}

function rewriteUpdateItem(item: Node): Node {
  return rewriteFields(item, { q: rewriteQuery, u: rewriteUpdate })
}

/** An update is a pipeline, or a document without expressions. */
function rewriteUpdate(update: Node): Node {
  return arrayIn(update) ? rewritePipeline(update) : update
}

function rewriteFields(node: Node, rewrites: Record<string, (value: Node) => Node>): Node {
  const document = documentIn(node)
  if (!document) return node
  return document.map((value, name) => (Object.hasOwn(rewrites, name) ? (rewrites[name]?.(value) ?? value) : value))
}

function mapItems(items: Node, rewrite: (item: Node) => Node): Node {
  return items instanceof Branch ? items.map(rewrite) : items
}
