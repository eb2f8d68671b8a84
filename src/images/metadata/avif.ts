import { Problem } from '../../errors.ts'
import { type Box, boxesIn, boxesOf, find } from './boxes.ts'
import { strippedExif } from './tiff.ts'
import { add, blank, cut, type Edit, type Strip, type Window } from './window.ts'

/** Bounds the work for a crafted file. */
const MAX_EXTENTS = 10_000
/** Size of version and flags, which precede the content of a full box. */
const FULL_BOX_HEADER_BYTES = 4

/** The boxes that still and moving images need, by container. Other boxes in these containers may contain anything. */
const NEEDED: Record<string, string[]> = {
  file: ['ftyp', 'styp', 'meta', 'mdat', 'moov', 'moof', 'mfra', 'sidx'],
  meta: ['hdlr', 'dinf', 'pitm', 'iloc', 'iinf', 'ipro', 'iref', 'iprp', 'idat', 'grpl'],
  iprp: ['ipco', 'ipma'],
  ipco: [
    ...['ispe', 'pixi', 'pasp', 'colr', 'clli', 'mdcv', 'cclv', 'amve', 'reve', 'ndwt', 'irot', 'imir', 'clap', 'iscl'],
    ...['auxC', 'rloc', 'lsel', 'av1C', 'a1op', 'a1lx'],
  ],
  moov: ['mvhd', 'trak', 'mvex'],
  trak: ['tkhd', 'tref', 'trgr', 'edts', 'mdia'],
  mdia: ['mdhd', 'hdlr', 'elng', 'minf'],
  minf: ['vmhd', 'nmhd', 'dinf', 'stbl'],
}
/** Handler types of tracks of images, of their alpha planes and of video. */
const IMAGE_TRACKS = ['pict', 'auxv', 'vide']

/** A range of bytes of the file that is a part of an item. */
type Extent = Pick<Box, 'start' | 'end'>

/**
 * Returns the edits that overwrite the metadata of an AVIF (ISO/IEC 14496-12). Nothing is cut between boxes, so that offsets stay valid.
 * @throws Problem `unsupported_image` when it has other tracks than images; `corrupt_image`
 */
export async function avifEdits(file: Window, strip: Strip): Promise<Edit[]> {
  const boxes = await boxesOf(file)
  const meta = find(boxes, 'meta')
  const unneeded = [
    ...boxes.filter(({ type }) => !NEEDED.file?.includes(type)),
    ...(await unneededInside(file, meta, FULL_BOX_HEADER_BYTES)),
    ...(await unneededInside(file, find(boxes, 'moov'), 0)),
  ]
  const edits = meta ? await itemEdits(file, meta, strip) : []
  for (const box of unneeded) add(edits, ...freeSpace(box))
  return [...edits, cut(boxes.at(-1)?.end ?? file.size, file.size)]
}

/** Returns the edits of the metadata items (ISO/IEC 14496-12, 8.11). */
async function itemEdits(file: Window, meta: Box, strip: Strip): Promise<Edit[]> {
  const bytes = await file.bytes(meta.start, meta.end - meta.start)
  const boxes = boxesIn(bytes, FULL_BOX_HEADER_BYTES, bytes.length)
  const unwanted = metadataItems(bytes, find(boxes, 'iinf'))
  const places = itemPlaces(bytes, find(boxes, 'iloc'), meta.start + (find(boxes, 'idat')?.start ?? 0))
  const edits: Edit[] = []
  // Extents may overlap: together they must not exceed the file, which bounds the work.
  let bytesLeft = file.size
  for (const [id, isExif] of unwanted) {
    const extents = places.get(id) ?? []
    // An EXIF block is edited only when it is in one extent, else overwritten as a whole.
    const isEditable = isExif && extents.length === 1
    for (const extent of extents) {
      bytesLeft -= extent.end - extent.start
      if (bytesLeft < 0 || extent.end > file.size)
        throw new Problem('corrupt_image', { detail: 'the metadata items exceed the file' })
      add(edits, ...(await itemEdit(file, extent, isEditable ? strip : 'all')))
    }
  }
  return edits
}

/** Returns the boxes inside a box, from an offset on, that are not needed for display. */
async function unneededInside(file: Window, outer: Box | undefined, from: number): Promise<Box[]> {
  if (!outer) return []
  const bytes = await file.bytes(outer.start, outer.end - outer.start)
  const at = outer.start
  return unneededIn(bytes, { ...outer, start: from, end: bytes.length }).map(({ type, head, start, end }) => {
    return { type, head: at + head, start: at + start, end: at + end }
  })
}

/** Returns the unneeded boxes in a box, at any depth. @throws Problem `unsupported_image` for a track other than images */
function unneededIn(bytes: Buffer, { type, start, end }: Box): Box[] {
  const needed = NEEDED[type]
  if (type === 'hdlr' && !IMAGE_TRACKS.includes(bytes.toString('latin1', start + 8, start + 12)))
    throw new Problem('unsupported_image', { detail: 'the file has tracks other than images' })
  if (!needed) return []
  return boxesIn(bytes, start, end).flatMap(box => (needed.includes(box.type) ? unneededIn(bytes, box) : [box]))
}

/** Returns the edits that turn a box into free space. */
function freeSpace({ head, start, end }: Box): Edit[] {
  return [{ start: head + 4, end: head + 8, bytes: Buffer.from('free') }, ...blank(start, end)]
}

/**
 * Returns the edits of a metadata item. An EXIF item begins with the offset of its block; the orientation of an AVIF is stored
 * elsewhere, so with `all` nothing is kept.
 */
async function itemEdit(file: Window, { start, end }: Extent, strip: Strip): Promise<Edit[]> {
  if (strip === 'all' || end - start < 4) return blank(start, end)
  const from = start + 4 + (await file.bytes(start, 4)).readUInt32BE(0)
  if (from >= end) return blank(start, end)
  const exif = strippedExif(await file.bytes(from, end - from), strip)
  if (exif.length > end - from) return blank(start, end)
  return [{ start: from, end: from + exif.length, bytes: exif }, ...blank(from + exif.length, end)]
}

/** Returns the ids of the metadata items, and whether each is EXIF; others are XMP (type `mime`), or declared as both. */
function metadataItems(bytes: Buffer, iinf: Box | undefined): Map<number, boolean> {
  const items = new Map<number, boolean>()
  if (!iinf) return items
  const first = iinf.start + (bytes[iinf.start] === 0 ? 6 : 8)
  for (const { start } of boxesIn(bytes, first, iinf.end)) {
    const hasLongId = bytes[start] === 3
    const id = hasLongId ? bytes.readUInt32BE(start + 4) : bytes.readUInt16BE(start + 4)
    const type = bytes.toString('latin1', start + (hasLongId ? 10 : 8), start + (hasLongId ? 14 : 12))
    if (type === 'Exif' || type === 'mime') items.set(id, type === 'Exif' && items.get(id) !== false)
  }
  return items
}

/** Returns the extents of each item in the file, without empty ones; with construction method 1 they are in `idat`. */
function itemPlaces(bytes: Buffer, iloc: Box | undefined, idat: number): Map<number, Extent[]> {
  const places = new Map<number, Extent[]>()
  if (!iloc) return places
  const version = bytes[iloc.start] ?? 0
  let at = iloc.start + 4
  const read = (width: number) => {
    const value = width === 0 ? 0 : width === 8 ? Number(bytes.readBigUInt64BE(at)) : bytes.readUIntBE(at, width)
    at += width
    return value
  }
  const widths = read(2)
  const [offsetWidth, lengthWidth, baseWidth, indexWidth] = [12, 8, 4, 0].map(bits => (widths >> bits) & 15) as [
    number,
    number,
    number,
    number,
  ]
  const count = read(version < 2 ? 2 : 4)
  let extentsLeft = MAX_EXTENTS
  for (let item = 0; item < count; item++) {
    const id = read(version < 2 ? 2 : 4)
    const method = version > 0 ? read(2) & 15 : 0
    read(2) // data_reference_index
    const base = read(baseWidth) + (method === 1 ? idat : 0)
    const length = read(2)
    extentsLeft -= length
    if (extentsLeft < 0) throw new Problem('corrupt_image', { detail: 'the items have too many extents' })
    const extents = Array.from({ length }, () => {
      if (version > 0) read(indexWidth)
      const start = base + read(offsetWidth)
      return { start, end: start + read(lengthWidth) }
    })
    places.set(
      id,
      extents.filter(({ start, end }) => end > start),
    )
  }
  return places
}
