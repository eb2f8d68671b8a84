import { Problem } from '../../errors.ts'
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
/** First bytes of the segments that the image needs. */
const NEEDED = new Map([
  [APP.jfif, Buffer.from('JFIF\0')],
  [APP.icc, Buffer.from('ICC_PROFILE\0')],
  [APP.adobe, Buffer.from('Adobe')],
])

/**
 * Returns the edits that remove metadata segments from a JPEG (ITU-T T.81, annex B), and everything after its end.
 * @throws Problem `corrupt_image`
 */
export async function jpegEdits(file: Window, strip: Strip): Promise<Edit[]> {
  const edits: Edit[] = []
  let at = 2
  while (at + 2 <= file.size) {
    const marker = (await file.head(at, 2)).readUInt16BE(0) - 0xff00
    if (marker < 0) throw new Problem('corrupt_image', { detail: 'a JPEG marker is missing' })
    if (marker === END_OF_IMAGE) return [...edits, cut(at + 2, file.size)]
    if (marker === FILL) at += 1
    else if (marker === TEM || isRestart(marker)) at += 2
    else {
      const end = at + 2 + (await file.bytes(at + 2, 2)).readUInt16BE(0)
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
  if (marker < APP.jfif || marker > APP.last) return []
  const data = await file.bytes(start + 4, end - start - 4)
  const needed = NEEDED.get(marker)
  if (needed && startsWith(data, needed)) return []
  if (marker !== APP.exif || !startsWith(data, EXIF_HEADER)) return [cut(start, end)]
  const exif = strippedExif(data.subarray(EXIF_HEADER.length), strip)
  return [exif.length === 0 ? cut(start, end) : { start, end, bytes: exifSegment(exif) }]
}

function startsWith(data: Buffer, prefix: Buffer): boolean {
  return data.subarray(0, prefix.length).equals(prefix)
}

/** Returns a segment with an EXIF block. */
function exifSegment(exif: Buffer): Buffer {
  const head = Buffer.from([0xff, APP.exif, 0, 0])
  head.writeUInt16BE(2 + EXIF_HEADER.length + exif.length, 2)
  return Buffer.concat([head, EXIF_HEADER, exif])
}

/** Whether a marker is RST0 to RST7. */
function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7
}

/** Returns the end of a scan: the next 0xff that is followed neither by 0, 0xff nor a restart marker. */
async function endOfScan(file: Window, from: number): Promise<number> {
  for (let at = from; at + 1 < file.size; ) {
    const bytes = await file.bytesFrom(at, 2)
    for (let i = bytes.indexOf(0xff); i >= 0 && i + 1 < bytes.length; i = bytes.indexOf(0xff, i + 1)) {
      const next = bytes[i + 1] ?? 0
      if (next !== 0 && next !== FILL && !isRestart(next)) return at + i
    }
    // The last byte is read again, together with the one that follows it.
    at += bytes.length - 1
  }
  return file.size
}
