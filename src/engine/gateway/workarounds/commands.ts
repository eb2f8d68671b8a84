import { Branch, documentIn, type Node, parseTree, serializeTree } from '../bson-tree.ts'
import { rewriteExpression, rewriteQuery } from './expressions.ts'
import { rewritePipeline } from './pipelines.ts'
import { rewriteUpdate } from './updates.ts'

/** Commands without any of these names need no rewriting, apart from the top of updates. */
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
  delete: { deletes: items => mapItems(items, rewriteDeleteItem) },
}

/** Levels of a `findAndModify` down to the fields of its update, of the body of an `update`, and of an item in a sequence. */
const UPDATE_DEPTHS: Record<string, number> = { findAndModify: 3, findandmodify: 3, update: 5 }
const ITEM_DEPTH = 3

/** Rewrites a command's document so that DocumentDB returns what MongoDB returns for the original one. */
export function rewriteCommand(name: string, raw: Buffer): Buffer {
  const rewrites = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined
  const depth = depthOf(raw, Object.hasOwn(UPDATE_DEPTHS, name) ? UPDATE_DEPTHS[name] : 0)
  return rewrites && depth > 0 ? rewriteDocument(raw, depth, node => rewriteFields(node, rewrites)) : raw
}

/** Rewrites the items of a document sequence, which belong to an update or delete. */
export function rewriteSequence(name: string, sequence: Buffer | null): Buffer | null {
  if (!sequence || !(name === 'update' || name === 'delete')) return sequence
  const depth = depthOf(sequence, name === 'update' ? ITEM_DEPTH : 0)
  if (depth === 0) return sequence
  const rewrite = name === 'update' ? rewriteUpdateItem : rewriteDeleteItem
  const items: Buffer[] = []
  for (let at = 0; at < sequence.length; at += sequence.readInt32LE(at)) {
    items.push(rewriteDocument(sequence.subarray(at, at + sequence.readInt32LE(at)), depth, rewrite))
  }
  return Buffer.concat(items)
}

/** Returns the number of levels to parse: all when rewritten names occur. */
function depthOf(bytes: Buffer, depth = 0): number {
  return REWRITTEN_NAMES.some(operator => bytes.includes(operator)) ? Number.POSITIVE_INFINITY : depth
}

function rewriteDocument(raw: Buffer, depth: number, rewrite: (node: Node) => Node): Buffer {
  const document = parseTree(raw, { depth })
  const rewritten = rewrite(document)
  return rewritten === document ? raw : serializeTree(rewritten as Branch)
}

function rewriteUpdateItem(item: Node): Node {
  return rewriteFields(item, { q: rewriteQuery, u: rewriteUpdate })
}

function rewriteDeleteItem(item: Node): Node {
  return rewriteFields(item, { q: rewriteQuery })
}

function rewriteFields(node: Node, rewrites: Record<string, (value: Node) => Node>): Node {
  const document = documentIn(node)
  if (!document) return node
  return document.map((value, name) => (Object.hasOwn(rewrites, name) ? (rewrites[name]?.(value) ?? value) : value))
}

function mapItems(items: Node, rewrite: (item: Node) => Node): Node {
  return items instanceof Branch ? items.map(rewrite) : items
}
