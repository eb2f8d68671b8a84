import { BSON } from 'mongodb'
import type { Message } from './wire.ts'

/** A parsed command. */
export interface Request {
  name: string
  db: string
  /** The command's document; the documents of a write remain raw bytes. */
  body: BSON.Document
  /** The command's document as it arrived. */
  raw: Buffer
  /** The documents of a write, if they arrived as a document sequence section. */
  sequence: Buffer | null
  /** Whether further document sequence sections arrived. No supported command takes them. */
  hasFurtherSequences: boolean
  /** The id of the client's session, in hex. */
  session: string | undefined
  /** Number of the transaction or retryable write in its session. */
  txnNumber: bigint | undefined
  inTransaction: boolean
  /** `maxTimeMS`, if it is set. */
  timeoutMs: number | undefined
}

/** Fields that are not deserialized. */
const RAW_FIELDS = { documents: true, updates: true, deletes: true }
/** Regular expressions stay BSON values, since JavaScript can not parse all of PCRE. */
const OPTIONS = {
  fieldsAsRaw: RAW_FIELDS,
  promoteBuffers: true,
  bsonRegExp: true,
  validation: { utf8: false },
} as const

/** Parses the command of a message. @throws BSONError when its document is malformed */
export function readRequest({ body: raw, sequences }: Message): Request {
  const body = BSON.deserialize(raw, OPTIONS)
  const name = Object.keys(body)[0] ?? ''
  return {
    name,
    db: typeof body.$db === 'string' ? body.$db : 'admin',
    body,
    raw,
    sequence: sequences[0] ?? null,
    hasFurtherSequences: sequences.length > 1,
    session: sessionId(body.lsid?.id),
    txnNumber: body.txnNumber === undefined ? undefined : BigInt(String(body.txnNumber)),
    inTransaction: body.autocommit === false,
    timeoutMs: body.maxTimeMS > 0 ? Number(body.maxTimeMS) : undefined,
  }
}

/** Returns the id of a session in hex; undefined without one. */
export function sessionId(id: unknown): string | undefined {
  if (Buffer.isBuffer(id)) return id.toString('hex')
  return id instanceof BSON.Binary ? id.toString('hex') : undefined
}

const ITEM_OPTIONS = { bsonRegExp: true, validation: { utf8: false } } as const

/** Returns the documents, updates or deletes of a write, from its sequence section or its command. */
export function itemsOf(request: Request): BSON.Document[] {
  return rawItemsOf(request).map(document => BSON.deserialize(document, ITEM_OPTIONS))
}

/** Returns the documents, updates or deletes of a write, as bytes. */
export function rawItemsOf({ body, sequence }: Request): Buffer[] {
  return sequence ? documentsIn(sequence) : (body.documents ?? body.updates ?? body.deletes ?? [])
}

/** Returns a request with another document and sequence of the command; the items of an update follow them. */
export function withCommand(request: Request, raw: Buffer, sequence: Buffer | null): Request {
  if (raw === request.raw || !request.body.updates) return { ...request, raw, sequence }
  const { updates } = BSON.deserialize(raw, OPTIONS)
  return { ...request, raw, sequence, body: { ...request.body, updates } }
}

/** Returns the documents of a sequence, as bytes. */
export function documentsIn(sequence: Buffer): Buffer[] {
  const documents: Buffer[] = []
  for (let at = 0; at < sequence.length; at += sequence.readInt32LE(at)) {
    documents.push(sequence.subarray(at, at + sequence.readInt32LE(at)))
  }
  return documents
}
