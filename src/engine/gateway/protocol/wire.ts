const OP_REPLY = 1
const OP_QUERY = 2004
const OP_MSG = 2013
const CHECKSUM_PRESENT = 1
const MORE_TO_COME = 2
const HEADER_BYTES = 16

/** Limit of a frame, also reported to clients; equal to MongoDB's `maxMessageSizeBytes`. */
export const MAX_FRAME_BYTES = 48_000_000

/** The bytes violate the wire protocol. The connection must be closed, since the start of the next frame is unknown. */
class WireError extends Error {}

/** A command as it arrived. */
export interface Message {
  requestId: number
  /** Whether it arrived as OP_QUERY, so that its reply is an OP_REPLY. */
  legacy: boolean
  /** Whether the client expects no reply (flag `moreToCome`). */
  silent: boolean
  /** The BSON document of the command. */
  body: Buffer
  /** The document sequence sections, each as concatenated BSON documents: `documents`, `updates` or `deletes` of a write. */
  sequences: Buffer[]
}

/**
 * Returns the length of the frame at the start of a buffer, in bytes; undefined when its length field has not arrived completely.
 * @throws WireError when the length is not allowed
 */
export function frameLength(buffer: Buffer): number | undefined {
  if (buffer.length < 4) return undefined
  const length = buffer.readInt32LE(0)
  if (length < HEADER_BYTES + 5 || length > MAX_FRAME_BYTES)
    throw new WireError(`invalid frame length: ${length} bytes`)
  return length
}

/**
 * Parses a complete frame: an OP_MSG, or the OP_QUERY of a driver's first handshake.
 * Source: MongoDB's manual, "MongoDB Wire Protocol".
 * @throws WireError when it is anything else
 */
export function parseFrame(frame: Buffer): Message {
  const requestId = frame.readInt32LE(4)
  const opCode = frame.readInt32LE(12)
  if (opCode === OP_MSG) return parseMsg(frame, requestId)
  if (opCode === OP_QUERY) return parseQuery(frame, requestId)
  throw new WireError(`unsupported operation: ${opCode}`)
}

function parseMsg(frame: Buffer, requestId: number): Message {
  const flags = frame.readUInt32LE(HEADER_BYTES)
  const end = frame.length - (flags & CHECKSUM_PRESENT ? 4 : 0)
  let body: Buffer | undefined
  const sequences: Buffer[] = []
  let at = HEADER_BYTES + 4
  while (at < end) {
    const kind = frame.readUInt8(at++)
    const size = at + 4 <= end ? frame.readInt32LE(at) : 0
    if (size < 5 || at + size > end) throw new WireError('a section exceeds its frame')
    const section = frame.subarray(at, at + size)
    at += size
    if (kind === 0 && !body) body = section
    else if (kind === 1) sequences.push(section.subarray(section.indexOf(0, 4) + 1))
    else throw new WireError(`unsupported or repeated section of kind ${kind}`)
  }
  if (!body) throw new WireError('a message without a command')
  return { requestId, legacy: false, silent: (flags & MORE_TO_COME) !== 0, body, sequences }
}

function parseQuery(frame: Buffer, requestId: number): Message {
  const nameEnd = frame.indexOf(0, HEADER_BYTES + 4)
  const at = nameEnd + 1 + 8
  if (nameEnd < 0 || at + 4 > frame.length || at + frame.readInt32LE(at) > frame.length)
    throw new WireError('malformed OP_QUERY')
  return {
    requestId,
    legacy: true,
    silent: false,
    body: frame.subarray(at, at + frame.readInt32LE(at)),
    sequences: [],
  }
}

/** Serializes the reply to a message: OP_REPLY to an OP_QUERY, else OP_MSG. @param document parts of the serialized document */
export function replyFrame(message: Message, document: Uint8Array[]): Buffer {
  const head = Buffer.alloc(message.legacy ? HEADER_BYTES + 20 : HEADER_BYTES + 5)
  head.writeInt32LE(document.reduce((sum, { length }) => sum + length, head.length))
  head.writeInt32LE(message.requestId, 8)
  head.writeInt32LE(message.legacy ? OP_REPLY : OP_MSG, 12)
  if (message.legacy) head.writeInt32LE(1, HEADER_BYTES + 16)
  return Buffer.concat([head, ...document])
}
