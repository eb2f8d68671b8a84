import { Problem } from '../../errors.ts'
import { add, type Window } from './window.ts'

/** A box of the ISO base media file format (ISO/IEC 14496-12, 4.2). */
export interface Box {
  type: string
  /** Offsets of its header, its content and its end. */
  head: number
  start: number
  end: number
}

/**
 * Returns the top-level boxes of a file; reads only their headers.
 * @throws Problem `corrupt_image`
 */
export async function boxesOf(file: Window): Promise<Box[]> {
  const boxes: Box[] = []
  for (let at = 0; at + 8 <= file.size; at = boxes.at(-1)?.end ?? file.size) {
    add(boxes, boxAt(await file.head(at, Math.min(16, file.size - at)), at, file.size))
  }
  return boxes
}

/** Returns the boxes from an offset (inclusive) to another (exclusive). @throws Problem `corrupt_image` */
export function boxesIn(bytes: Buffer, from: number, to: number): Box[] {
  const boxes: Box[] = []
  for (let at = from; at + 8 <= to; at = boxes.at(-1)?.end ?? to) add(boxes, boxAt(bytes.subarray(at), at, to))
  return boxes
}

/** Returns the first box of a type. */
export function find(boxes: Box[], type: string): Box | undefined {
  return boxes.find(box => box.type === type)
}

/**
 * Parses the header of a box. Size 1 means that a 64-bit size follows, size 0 that the box extends to the end.
 * @param head offset of the box
 * @param to end of its container
 */
function boxAt(bytes: Buffer, head: number, to: number): Box {
  const size = bytes.readUInt32BE(0)
  const hasLongSize = size === 1
  const length = hasLongSize ? Number(bytes.readBigUInt64BE(8)) : size === 0 ? to - head : size
  const start = head + (hasLongSize ? 16 : 8)
  const end = head + length
  if (end < start || end > to) throw new Problem('corrupt_image', { detail: 'a box exceeds its container' })
  return { type: bytes.toString('latin1', 4, 8), head, start, end }
}
