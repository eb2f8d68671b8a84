import type { BSON } from 'mongodb'
import { nodeOf, parseTree, serializeTree } from '../bson-tree.ts'
import { documentsIn, type Request } from '../protocol/request.ts'

/** Items of an update that are executed in one transaction: each change of a document in it makes further changes slower. */
const MAX_ITEMS = 1_000

/**
 * Executes an update in parts of 1,000 items, one after the other. An ordered update ends after the first part with an error.
 * Each part is a retryable write of its own: its number and the session of its part identify it.
 * @param itemCount the number of items of the update
 */
export async function inParts(
  request: Request,
  itemCount: number,
  send: (part: Request) => Promise<BSON.Document>,
): Promise<BSON.Document> {
  if (itemCount <= MAX_ITEMS) return send(request)
  let reply: BSON.Document = { n: 0, nModified: 0 }
  for (let start = 0; start < itemCount; start += MAX_ITEMS) {
    const indexes = Array.from({ length: Math.min(MAX_ITEMS, itemCount - start) }, (_, i) => start + i)
    const session = request.session && `${request.session}/${start}`
    reply = mergeReplies(reply, await send({ ...partOf(request, indexes), session }), indexes)
    if (reply.writeErrors && request.body.ordered !== false) break
  }
  return reply
}

/**
 * Returns an update with only the items at these indexes.
 * @param change returns the item to send instead of one of them
 */
export function partOf(request: Request, indexes: number[], change = (item: Buffer, _index: number) => item): Request {
  const { raw, sequence, body } = request
  const items: Buffer[] = sequence ? documentsIn(sequence) : body.updates
  const updates = indexes.flatMap(index => (items[index] ? change(items[index], index) : []))
  if (sequence) return { ...request, sequence: Buffer.concat(updates) }
  const command = parseTree(raw).with('updates', nodeOf(updates.map(parseTree)))
  return { ...request, body: { ...body, updates }, raw: serializeTree(command) }
}

/**
 * Merges the reply to an update with the reply to a part of it, which replaces the errors of its items.
 * @param indexes the indexes of the items of the part in the update
 */
export function mergeReplies(reply: BSON.Document, ofPart: BSON.Document, indexes: number[]): BSON.Document {
  const repeated = new Set(indexes)
  const withOriginalIndex = (item: BSON.Document) => ({ ...item, index: indexes[Number(item.index)] })
  const upserted = [...(reply.upserted ?? []), ...(ofPart.upserted ?? []).map(withOriginalIndex)]
  const remaining = (reply.writeErrors ?? []).filter(({ index }: BSON.Document) => !repeated.has(Number(index)))
  const writeErrors = [...remaining, ...(ofPart.writeErrors ?? []).map(withOriginalIndex)]
  return {
    ok: 1,
    n: Number(reply.n) + Number(ofPart.n),
    nModified: Number(reply.nModified) + Number(ofPart.nModified),
    ...(upserted.length > 0 && { upserted }),
    ...(writeErrors.length > 0 && { writeErrors }),
  }
}
