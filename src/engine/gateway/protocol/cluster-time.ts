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

/**
 * Returns a reply with the fields `operationTime` and `$clusterTime`, as a member of a replica set sends them.
 * @returns the parts of the serialized document: large ones are copied only once, into the frame
 */
export function withClusterTime(reply: Buffer | BSON.Document, time: BSON.Timestamp): Uint8Array[] {
  const fields = { operationTime: time, $clusterTime: { clusterTime: time, signature: SIGNATURE } }
  if (!Buffer.isBuffer(reply)) return [BSON.serialize({ ...reply, ...fields }, { ignoreUndefined: true })]
  const appended = BSON.serialize(fields).subarray(4)
  const length = Buffer.alloc(4)
  length.writeInt32LE(reply.length - 1 + appended.length)
  return [length, reply.subarray(4, -1), appended]
}
