import { BSON } from 'mongodb'
import type { Message } from './wire.ts'

/** A command, read as far as the gateway has to know it. */
export interface Request {
  name: string
  db: string
  /** The command's document; the documents of a write stay raw bytes. */
  body: BSON.Document
  /** The command's document as it came. */
  raw: Buffer
  sequence: Buffer | null
  /** The session it came by, as hex. */
  session: string | undefined
  number: bigint | undefined
  inTransaction: boolean
  /** How long it may take, in ms. */
  timeout: number | undefined
}

const RAW = { documents: true, updates: true, deletes: true }

/** @throws BSONError when the document is broken */
export function readRequest({ body: raw, sequence }: Message): Request {
  const body = BSON.deserialize(raw, { fieldsAsRaw: RAW, useBigInt64: false, promoteBuffers: true })
  const name = Object.keys(body)[0] ?? ''
  return {
    name,
    db: typeof body.$db === 'string' ? body.$db : 'admin',
    body,
    raw,
    sequence,
    session: Buffer.isBuffer(body.lsid?.id) ? body.lsid.id.toString('hex') : body.lsid?.id?.toString('hex'),
    number: body.txnNumber === undefined ? undefined : BigInt(String(body.txnNumber)),
    inTransaction: body.autocommit === false,
    timeout: body.maxTimeMS > 0 ? Number(body.maxTimeMS) : undefined,
  }
}

/** The write's own documents, wherever they came. */
export function itemsOf(request: Request): BSON.Document[] {
  const { body, sequence } = request
  if (!sequence)
    return (body.documents ?? body.updates ?? body.deletes ?? []).map((raw: Buffer) => BSON.deserialize(raw))
  const items: BSON.Document[] = []
  for (let at = 0; at < sequence.length; at += sequence.readInt32LE(at)) {
    items.push(BSON.deserialize(sequence.subarray(at, at + sequence.readInt32LE(at))))
  }
  return items
}
