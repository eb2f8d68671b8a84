import { arrayIn, Branch, documentIn, type Node, parseTree, serializeTree } from '../bson-tree.ts'
import { REWRITTEN_OPERATORS, rewriteExpression, rewriteQuery } from './expressions.ts'
import { rewritePipeline } from './pipelines.ts'

/** Commands without any of these names need no rewriting: most commands are not parsed at all. */
const REWRITTEN_NAMES = new Set([...REWRITTEN_OPERATORS, '$count', '$bucket', '$bucketAuto', '$group', '$sortByCount'])
const LONGEST_NAME = Math.max(...[...REWRITTEN_NAMES].map(name => name.length))

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
  if (!rewrites || !containsRewrittenName(raw)) return raw
  return serializeTree(rewriteFields(parseTree(raw), rewrites) as Branch)
}

/** Rewrites the items of a document sequence, which belong to an update or delete. */
export function rewriteSequence(name: string, sequence: Buffer | null): Buffer | null {
  if (!sequence || !(name === 'update' || name === 'delete')) return sequence
  if (!containsRewrittenName(sequence)) return sequence
  const items: Buffer[] = []
  for (let at = 0; at < sequence.length; at += sequence.readInt32LE(at)) {
    const item = parseTree(sequence.subarray(at, at + sequence.readInt32LE(at)))
    items.push(
      serializeTree((name === 'update' ? rewriteUpdateItem(item) : rewriteFields(item, { q: rewriteQuery })) as Branch),
    )
  }
  return Buffer.concat(items)
}

/** Looks at each `$` once, since commands can have many megabytes. */
function containsRewrittenName(bytes: Buffer): boolean {
  for (let at = bytes.indexOf('$'); at >= 0; at = bytes.indexOf('$', at + 1)) {
    const [name = ''] = bytes.toString('latin1', at, at + LONGEST_NAME + 1).split('\0', 1)
    if (REWRITTEN_NAMES.has(name)) return true
  }
  return false
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
