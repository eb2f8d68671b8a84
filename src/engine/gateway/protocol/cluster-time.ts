import { BSON } from 'mongodb'

/** The signature of a server without authentication of cluster times. */
const SIGNATURE = { hash: new BSON.Binary(Buffer.alloc(20)), keyId: BSON.Long.ZERO }

/** A logical clock: it returns a later time at each reading, close to the time of day. */
export class ClusterClock {
  #seconds = 0
  #increment = 0

  now(): BSON.Timestamp {
    const seconds = Math.floor(Date.now() / 1000)
    this.#increment = seconds > this.#seconds ? 1 : this.#increment + 1
    this.#seconds = Math.max(seconds, this.#seconds)
    return new BSON.Timestamp({ t: this.#seconds, i: this.#increment })
  }
}

/** Returns a reply with the fields `operationTime` and `$clusterTime`, as a member of a replica set sends them. */
export function withClusterTime(reply: Buffer | BSON.Document, time: BSON.Timestamp): Buffer | BSON.Document {
  const fields = { operationTime: time, $clusterTime: { clusterTime: time, signature: SIGNATURE } }
  return Buffer.isBuffer(reply) ? appendFields(reply, fields) : { ...reply, ...fields }
}

/** Appends fields to a serialized document without parsing it. */
function appendFields(document: Buffer, fields: BSON.Document): Buffer {
  const appended = BSON.serialize(fields).subarray(4)
  const result = Buffer.concat([document.subarray(0, -1), appended])
  result.writeInt32LE(result.length)
  return result
}
