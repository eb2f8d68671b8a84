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
 * Returns the top-level boxes of a file; reads only their headers. What is no box extends to the end of the file like the last box,
 * which may be incomplete: decoders need neither.
 */
export async function boxesOf(file: Window): Promise<Box[]> {
  const boxes: Box[] = []
  for (let at = 0; at + 8 <= file.size; at = boxes.at(-1)?.end ?? file.size) {
    const box = headerOf(await file.head(at, Math.min(16, file.size - at)), at, file.size)
    const isBox = box.end >= box.start
    add(
      boxes,
      isBox ? { ...box, end: Math.min(box.end, file.size) } : { type: '', head: at, start: at + 8, end: file.size },
    )
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

/** Returns the box at an offset of its container. @throws Problem `corrupt_image` when it exceeds the container */
function boxAt(bytes: Buffer, head: number, to: number): Box {
  const box = headerOf(bytes, head, to)
  if (box.end < box.start || box.end > to) throw new Problem('corrupt_image', { detail: 'a box exceeds its container' })
  return box
}

/**
 * Parses the header of a box. Size 1 means that a 64-bit size follows, size 0 that the box extends to the end.
 * @param head offset of the box
 * @param to end of its container
 */
function headerOf(bytes: Buffer, head: number, to: number): Box {
  const size = bytes.readUInt32BE(0)
  const hasLongSize = size === 1
  const length = hasLongSize ? Number(bytes.readBigUInt64BE(8)) : size === 0 ? to - head : size
  return { type: bytes.toString('latin1', 4, 8), head, start: head + (hasLongSize ? 16 : 8), end: head + length }
}
