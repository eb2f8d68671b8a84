import { Problem } from '../../errors.ts'
import { add, type Window } from './window.ts'

/** A piece of a file of the ISO base media format (ISO/IEC 14496-12, 4.2). */
export interface Box {
  type: string
  /** Where its head begins, where its content does, and where it ends. */
  head: number
  start: number
  end: number
}

/**
 * The boxes that a file consists of, of which only the heads are read.
 * @throws Problem `corrupt_image`
 */
export async function boxesOf(file: Window): Promise<Box[]> {
  const boxes: Box[] = []
  for (let at = 0; at + 8 <= file.size; at = boxes.at(-1)?.end ?? file.size) {
    add(boxes, boxAt(await file.head(at, Math.min(16, file.size - at)), at, file.size))
  }
  return boxes
}

/** The boxes that stand in bytes from one place to another. */
export function boxesIn(bytes: Buffer, from: number, to: number): Box[] {
  const boxes: Box[] = []
  for (let at = from; at + 8 <= to; at = boxes.at(-1)?.end ?? to) add(boxes, boxAt(bytes.subarray(at), at, to))
  return boxes
}

export function find(boxes: Box[], type: string): Box | undefined {
  return boxes.find(box => box.type === type)
}

function boxAt(bytes: Buffer, head: number, to: number): Box {
  const size = bytes.readUInt32BE(0)
  const wide = size === 1
  const length = wide ? Number(bytes.readBigUInt64BE(8)) : size === 0 ? to - head : size
  const start = head + (wide ? 16 : 8)
  const end = head + length
  if (end < start || end > to) throw new Problem('corrupt_image', { detail: 'a box ends outside' })
  return { type: bytes.toString('latin1', 4, 8), head, start, end }
}
