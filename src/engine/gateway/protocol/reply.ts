import { BSON } from 'mongodb'

const DOUBLE_TYPE = 1

/** Returns a reply whose field `ok` is a double, as in MongoDB; DocumentDB sends integers and booleans, too. */
export function withDoubleOk(reply: Buffer | BSON.Document): Buffer | BSON.Document {
  return Buffer.isBuffer(reply) ? withDoubleIn(reply) : { ...reply, ok: new BSON.Double(Number(reply.ok)) }
}

/** Replaces the field of a serialized document without parsing the others. */
function withDoubleIn(document: Buffer): Buffer {
  const elements = [...BSON.onDemand.parseToElements(document)]
  const textOfName = (at: number, length: number) => document.toString('latin1', at, at + length)
  const element = elements.find(([, at, length]) => textOfName(at, length) === 'ok')
  if (!element || element[0] === DOUBLE_TYPE) return document
  const [, nameAt, , valueAt, length] = element
  const isOk = document.subarray(valueAt, valueAt + length).some(byte => byte !== 0)
  const field = BSON.serialize({ ok: new BSON.Double(isOk ? 1 : 0) }).subarray(4, -1)
  const result = Buffer.concat([document.subarray(0, nameAt - 1), field, document.subarray(valueAt + length)])
  result.writeInt32LE(result.length)
  return result
}
