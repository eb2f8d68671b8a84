import { BSON } from 'mongodb'

const DOCUMENT_TYPE = 3
const ARRAY_TYPE = 4

/**
 * Serializes a document with raw documents in it, which are copied without being parsed: BSON types that JavaScript lacks survive.
 * @param fields the fields that are serialized
 * @param documents a further field with an array of raw documents, after the others
 */
export function withDocuments(fields: BSON.Document, [name, documents]: [name: string, documents: Buffer[]]): Buffer {
  const elements = Buffer.from(BSON.serialize(fields)).subarray(4, -1)
  return framed([elements, header(ARRAY_TYPE, name), arrayOf(documents)])
}

/** Serializes a document with one raw document in it, as its first field. */
export function withDocument(name: string, document: Buffer, fields: BSON.Document): Buffer {
  const elements = Buffer.from(BSON.serialize(fields)).subarray(4, -1)
  return framed([header(DOCUMENT_TYPE, name), document, elements])
}

function arrayOf(documents: Buffer[]): Buffer {
  return framed(documents.flatMap((document, i) => [header(DOCUMENT_TYPE, String(i)), document]))
}

function header(type: number, name: string): Buffer {
  return Buffer.from(`${String.fromCharCode(type)}${name}\0`)
}

/** Adds the length and the terminator of a document to its elements. */
function framed(elements: Buffer[]): Buffer {
  const length = Buffer.alloc(4)
  const document = Buffer.concat([length, ...elements, Buffer.alloc(1)])
  document.writeInt32LE(document.length)
  return document
}
