import { strippedExif } from './tiff.ts'
import { add, cut, type Edit, type Strip, type Window } from './window.ts'

/** Second bytes of markers (ITU-T T.81, table B.1). `TEM` and the restart markers have no content. */
const TEM = 0x01
const END_OF_IMAGE = 0xd9
const START_OF_SCAN = 0xda
const APP = { jfif: 0xe0, exif: 0xe1, icc: 0xe2, adobe: 0xee, last: 0xef }
const COMMENT = 0xfe
/** A marker may be preceded by any number of these. */
const FILL = 0xff
const EXIF_HEADER = Buffer.from('Exif\0\0')
const JFIF_HEADER = Buffer.from('JFIF\0')
/** Size of the content of a JFIF segment before its thumbnail. The last two bytes are the thumbnail's width and height. */
const JFIF_BYTES = 14
/** First bytes of the other application segments that the image needs. */
const NEEDED = new Map([
  [APP.icc, Buffer.from('ICC_PROFILE\0')],
  [APP.adobe, Buffer.from('Adobe')],
])
/** Whether a marker belongs to the coding of the pixels (ITU-T T.81, table B.1); JPG, RES and JPGn are reserved. */
const isCoding = (marker: number) => marker >= 0xc0 && marker <= 0xdf && marker !== 0xc8

/**
 * Returns the edits that remove metadata segments from a JPEG (ITU-T T.81, annex B), and everything after its end.
 * @throws Problem `corrupt_image`
 */
export async function jpegEdits(file: Window, strip: Strip): Promise<Edit[]> {
  const edits: Edit[] = []
  let at = 2
  while (at + 2 <= file.size) {
    const next = await nextMarker(file, at)
    // Bytes before a marker are ignored by decoders, and may contain anything.
    if (next > at) add(edits, cut(at, next))
    at = next
    if (at + 2 > file.size) break
    const marker = (await file.head(at, 2)).readUInt8(1)
    if (marker === END_OF_IMAGE) return [...edits, cut(at + 2, file.size)]
    if (marker === TEM || isRestart(marker)) at += 2
    else {
      // The length includes its own two bytes; decoders take a shorter one for an empty segment.
      const end = at + 2 + Math.max(2, (await file.bytes(at + 2, 2)).readUInt16BE(0))
      add(edits, ...(await segmentEdits(file, { marker, start: at, end }, strip)))
      at = marker === START_OF_SCAN ? await endOfScan(file, end) : end
    }
  }
  return edits
}

/** A marker with its content. */
interface Segment {
  marker: number
  /** Offsets of the marker and of the end. */
  start: number
  end: number
}

/** Returns the edits of a segment. With `gps` comments are kept. */
async function segmentEdits(file: Window, { marker, start, end }: Segment, strip: Strip): Promise<Edit[]> {
  if (marker === COMMENT) return strip === 'all' ? [cut(start, end)] : []
  if (isCoding(marker)) return []
  if (marker < APP.jfif || marker > APP.last) return [cut(start, end)]
  const data = await file.bytes(start + 4, end - start - 4)
  if (marker === APP.jfif && startsWith(data, JFIF_HEADER)) {
    return data.length > JFIF_BYTES ? [{ start, end, bytes: jfifSegment(data) }] : []
  }
  const needed = NEEDED.get(marker)
  if (needed && startsWith(data, needed)) return []
  if (marker !== APP.exif || !startsWith(data, EXIF_HEADER)) return [cut(start, end)]
  const exif = strippedExif(data.subarray(EXIF_HEADER.length), strip)
  return [exif.length === 0 ? cut(start, end) : { start, end, bytes: segment(APP.exif, EXIF_HEADER, exif) }]
}

function startsWith(data: Buffer, prefix: Buffer): boolean {
  return data.subarray(0, prefix.length).equals(prefix)
}

/** Returns a JFIF segment without its thumbnail. */
function jfifSegment(data: Buffer): Buffer {
  return segment(APP.jfif, data.subarray(0, JFIF_BYTES - 2), Buffer.alloc(2))
}

/** Returns a segment with its marker and length. */
function segment(marker: number, ...parts: Buffer[]): Buffer {
  const data = Buffer.concat(parts)
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(2 + data.length, 2)
  return Buffer.concat([head, data])
}

/** Whether a marker is RST0 to RST7. */
function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7
}

/** Returns the offset of the next marker: 0xff with another byte than 0 and 0xff. At the end of the file there is none. */
function nextMarker(file: Window, from: number): Promise<number> {
  return find(file, from, () => true)
}

/** Returns the end of a scan: the next marker that is not a restart marker. */
function endOfScan(file: Window, from: number): Promise<number> {
  return find(file, from, marker => !isRestart(marker))
}

/** Returns the offset of the next marker of some kind; the size of the file without one. */
async function find(file: Window, from: number, isWanted: (marker: number) => boolean): Promise<number> {
  for (let at = from; at + 1 < file.size; ) {
    const bytes = await file.bytesFrom(at, 2)
    for (let i = bytes.indexOf(0xff); i >= 0 && i + 1 < bytes.length; i = bytes.indexOf(0xff, i + 1)) {
      const next = bytes[i + 1] ?? 0
      if (next !== 0 && next !== FILL && isWanted(next)) return at + i
    }
    // The last byte is read again, together with the one that follows it.
    at += bytes.length - 1
  }
  return file.size
}
