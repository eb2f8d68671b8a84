import { BSON } from 'mongodb'

const OP_REPLY = 1
const OP_QUERY = 2004
const OP_MSG = 2013
const CHECKSUM_PRESENT = 1
const MORE_TO_COME = 2
const HEADER = 16

/** Frames over this are refused: what MongoDB's own `maxMessageSizeBytes` says. */
export const MAX_FRAME = 48_000_000

/** The bytes are not the wire protocol: the connection can not go on. */
class WireError extends Error {}

/** A command as it came: its document, still as bytes too, and the sequence of documents sent beside it. */
export interface Message {
  requestId: number
  legacy: boolean
  /** The sender waits for no reply. */
  silent: boolean
  body: Buffer
  /** Concatenated documents of `documents`, `updates` or `deletes`, where they came as a section of their own. */
  sequence: Buffer | null
}

/** The length of the frame that begins here, or undefined while even that has not arrived. */
export function frameLength(buffer: Buffer): number | undefined {
  if (buffer.length < 4) return undefined
  const length = buffer.readInt32LE(0)
  if (length < HEADER + 5 || length > MAX_FRAME) throw new WireError(`a frame of ${length} bytes`)
  return length
}

/**
 * Reads one whole frame: OP_MSG, or the OP_QUERY that drivers begin with.
 * @throws WireError on anything else
 */
export function parseFrame(frame: Buffer): Message {
  const requestId = frame.readInt32LE(4)
  const opCode = frame.readInt32LE(12)
  if (opCode === OP_MSG) return parseMsg(frame, requestId)
  if (opCode === OP_QUERY) return parseQuery(frame, requestId)
  throw new WireError(`operation ${opCode}`)
}

function parseMsg(frame: Buffer, requestId: number): Message {
  const flags = frame.readUInt32LE(HEADER)
  const end = frame.length - (flags & CHECKSUM_PRESENT ? 4 : 0)
  let body: Buffer | undefined
  let sequence: Buffer | null = null
  let at = HEADER + 4
  while (at < end) {
    const kind = frame.readUInt8(at++)
    const size = at + 4 <= end ? frame.readInt32LE(at) : 0
    if (size < 5 || at + size > end) throw new WireError('a section outside its frame')
    const section = frame.subarray(at, at + size)
    at += size
    if (kind === 0 && !body) body = section
    else if (kind === 1 && !sequence) sequence = section.subarray(section.indexOf(0, 4) + 1)
    else throw new WireError(`a section of kind ${kind}`)
  }
  if (!body) throw new WireError('no command')
  return { requestId, legacy: false, silent: (flags & MORE_TO_COME) !== 0, body, sequence }
}

function parseQuery(frame: Buffer, requestId: number): Message {
  const name = frame.indexOf(0, HEADER + 4)
  const at = name + 1 + 8
  if (name < 0 || at + 4 > frame.length || at + frame.readInt32LE(at) > frame.length)
    throw new WireError('a broken query')
  return {
    requestId,
    legacy: true,
    silent: false,
    body: frame.subarray(at, at + frame.readInt32LE(at)),
    sequence: null,
  }
}

/** The reply to a message, in the operation it came by. */
export function replyFrame(message: Message, reply: Buffer | BSON.Document): Buffer {
  const document = Buffer.isBuffer(reply) ? reply : Buffer.from(BSON.serialize(reply, { ignoreUndefined: true }))
  const head = Buffer.alloc(message.legacy ? HEADER + 20 : HEADER + 5)
  head.writeInt32LE(head.length + document.length, 0)
  head.writeInt32LE(message.requestId, 8)
  head.writeInt32LE(message.legacy ? OP_REPLY : OP_MSG, 12)
  if (message.legacy) head.writeInt32LE(1, HEADER + 16)
  return Buffer.concat([head, document])
}
