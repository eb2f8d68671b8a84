/**
 * Mask: of two upserts that make one document at once, the one that finds it in its way is tried again by DocumentDB, which has
 * forgotten by then what `$$NOW` is. It had no effect: sent again, it finds the document.
 */
import { BSON } from 'mongodb'
import { itemsOf, type Request } from '../protocol/request.ts'

const LOST_CLOCK = 'The $$NOW operator cannot be used within this specific context.'
/** Nothing is lost of what is read and written again. */
const EXACTLY = { promoteValues: false, promoteBuffers: false, bsonRegExp: true } as const

/** Whether an error's message is that of a lost clock: its statement or item had no effect. */
export function lacksNow(message: string): boolean {
  return message === LOST_CLOCK
}

/** The indexes of the items of an update that are to be sent again: in an ordered one whatever comes after as well. */
export function itemsToSendAgain({ writeErrors = [] }: BSON.Document, request: Request): number[] {
  const lost: number[] = writeErrors.filter(({ errmsg }: { errmsg: string }) => lacksNow(errmsg)).map(indexOf)
  const [first] = lost
  if (first === undefined || request.body.ordered === false) return lost
  return Array.from({ length: itemsOf(request).length - first }, (_, i) => first + i)
}

/** The same update with some of its items alone. */
export function withItems({ raw, sequence }: Request, indexes: number[]): Pick<Request, 'raw' | 'sequence'> {
  if (sequence) return { raw, sequence: Buffer.concat(indexes.map(index => documentAt(sequence, index))) }
  const body = BSON.deserialize(raw, EXACTLY)
  const updates = indexes.map(index => body.updates[index])
  return { raw: Buffer.from(BSON.serialize({ ...body, updates })), sequence }
}

/** The reply to a whole update, of which some items were sent again. */
export function mergedReply(first: BSON.Document, again: BSON.Document, indexes: number[]): BSON.Document {
  const inPlace = (item: BSON.Document) => ({ ...item, index: indexes[indexOf(item)] })
  const upserted = [...(first.upserted ?? []), ...(again.upserted ?? []).map(inPlace)]
  const kept = (first.writeErrors ?? []).filter((error: BSON.Document) => !indexes.includes(indexOf(error)))
  const writeErrors = [...kept, ...(again.writeErrors ?? []).map(inPlace)]
  return {
    ok: 1,
    n: Number(first.n) + Number(again.n),
    nModified: Number(first.nModified) + Number(again.nModified),
    ...(upserted.length > 0 && { upserted }),
    ...(writeErrors.length > 0 && { writeErrors }),
  }
}

function indexOf({ index }: BSON.Document): number {
  return Number(index)
}

function documentAt(sequence: Buffer, index: number): Buffer {
  let at = 0
  for (let i = 0; i < index; i++) at += sequence.readInt32LE(at)
  return sequence.subarray(at, at + sequence.readInt32LE(at))
}
