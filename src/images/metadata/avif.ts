import { Problem } from '../../errors.ts'
import { strippedExif } from './tiff.ts'
import type { Edit, Strip, Window } from './window.ts'

/** Where the metadata of a file are described; more of it than any camera writes is refused. */
const MOST_META = 4_194_304
const MOST_EXTENTS = 10_000

interface Box {
  type: string
  /** Where its content begins, and where it ends. */
  start: number
  end: number
}

interface Extent {
  start: number
  end: number
}

/**
 * Items of an AVIF (ISO/IEC 14496-12, 8.11) that say something else than the picture. They are blanked where they stand, so that
 * nothing else moves.
 */
export async function avifEdits(file: Window, strip: Strip): Promise<Edit[]> {
  const meta = await findMeta(file)
  if (!meta) return []
  const bytes = Buffer.from(await file.bytes(meta.start, meta.end - meta.start))
  // A full box: version and flags come before its content.
  const boxes = boxesIn(bytes, 4, bytes.length)
  const unwanted = metadataItems(bytes, find(boxes, 'iinf'))
  const places = itemPlaces(bytes, find(boxes, 'iloc'), meta.start + (find(boxes, 'idat')?.start ?? 0))
  const edits: Edit[] = []
  for (const { id, isExif } of unwanted) {
    const extents = places.get(id) ?? []
    const exif = isExif && extents.length === 1
    for (const extent of extents) edits.push(await blanked(file, extent, exif ? strip : 'all'))
  }
  return edits
}

/** An EXIF item begins with how far its block is away. Which way is up is said elsewhere, so of all nothing need stay. */
async function blanked(file: Window, { start, end }: Extent, strip: Strip): Promise<Edit> {
  const bytes = Buffer.from(await file.bytes(start, end - start))
  const from = bytes.length < 4 ? bytes.length : 4 + bytes.readUInt32BE(0)
  if (strip === 'all' || from >= bytes.length) return { start, end, bytes: Buffer.alloc(bytes.length) }
  const exif = strippedExif(bytes.subarray(from), strip)
  return { start, end, bytes: Buffer.concat([bytes.subarray(0, from), exif]) }
}

async function findMeta(file: Window): Promise<Box | undefined> {
  for (let at = 0; at + 8 <= file.size; ) {
    const head = await file.bytes(at, Math.min(16, file.size - at))
    const box = boxAt(head, 0, file.size - at)
    if (box.type === 'meta') {
      if (box.end > MOST_META) throw new Problem('corrupt_image', { detail: 'its metadata are too long' })
      return { type: box.type, start: at + box.start, end: at + box.end }
    }
    at += box.end
  }
  return undefined
}

function boxesIn(bytes: Buffer, from: number, to: number): Box[] {
  const boxes: Box[] = []
  for (let at = from; at + 8 <= to; ) {
    const box = boxAt(bytes.subarray(at), at, to - at)
    boxes.push(box)
    at = box.end
  }
  return boxes
}

function boxAt(head: Buffer, at: number, rest: number): Box {
  const size = head.readUInt32BE(0)
  const wide = size === 1
  const length = wide ? Number(head.readBigUInt64BE(8)) : size === 0 ? rest : size
  if (length < 8 || length > rest) throw new Problem('corrupt_image', { detail: 'a box ends outside' })
  return { type: head.toString('latin1', 4, 8), start: at + (wide ? 16 : 8), end: at + length }
}

function find(boxes: Box[], type: string): Box | undefined {
  return boxes.find(box => box.type === type)
}

/** The items that are metadata: EXIF, and XMP, which is of a MIME type. */
function metadataItems(bytes: Buffer, iinf: Box | undefined): { id: number; isExif: boolean }[] {
  if (!iinf) return []
  const first = iinf.start + (bytes[iinf.start] === 0 ? 6 : 8)
  return boxesIn(bytes, first, iinf.end).flatMap(({ start }) => {
    const isWide = bytes[start] === 3
    const id = isWide ? bytes.readUInt32BE(start + 4) : bytes.readUInt16BE(start + 4)
    const type = bytes.toString('latin1', start + (isWide ? 10 : 8), start + (isWide ? 14 : 12))
    return type === 'Exif' || type === 'mime' ? [{ id, isExif: type === 'Exif' }] : []
  })
}

/** Where the bytes of each item stand in the file; those of method 1 stand in `idat`. */
function itemPlaces(bytes: Buffer, iloc: Box | undefined, idat: number): Map<number, Extent[]> {
  const places = new Map<number, Extent[]>()
  if (!iloc) return places
  const version = bytes[iloc.start] ?? 0
  let at = iloc.start + 4
  const take = (width: number) => {
    const value = width === 0 ? 0 : width === 8 ? Number(bytes.readBigUInt64BE(at)) : bytes.readUIntBE(at, width)
    at += width
    return value
  }
  const widths = take(2)
  const [offsetWidth, lengthWidth, baseWidth, indexWidth] = [12, 8, 4, 0].map(bits => (widths >> bits) & 15) as [
    number,
    number,
    number,
    number,
  ]
  const count = take(version < 2 ? 2 : 4)
  let extentsLeft = MOST_EXTENTS
  for (let item = 0; item < count; item++) {
    const id = take(version < 2 ? 2 : 4)
    const method = version > 0 ? take(2) & 15 : 0
    take(2)
    const base = take(baseWidth) + (method === 1 ? idat : 0)
    const length = take(2)
    extentsLeft -= length
    if (extentsLeft < 0) throw new Problem('corrupt_image', { detail: 'its items are in too many pieces' })
    const extents = Array.from({ length }, () => {
      if (version > 0) take(indexWidth)
      const start = base + take(offsetWidth)
      return { start, end: start + take(lengthWidth) }
    })
    places.set(id, extents)
  }
  return places
}
