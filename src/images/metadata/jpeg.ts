import { Problem } from '../../errors.ts'
import { strippedExif } from './tiff.ts'
import { add, cut, type Edit, type Strip, type Window } from './window.ts'

const END = 0xd9
const SCAN = 0xda
const APP = { jfif: 0xe0, exif: 0xe1, icc: 0xe2, adobe: 0xee, last: 0xef }
const COMMENT = 0xfe
const EXIF = Buffer.from('Exif\0\0')
/** What the segments begin with that the picture needs. */
const LOOKS = new Map([
  [APP.jfif, Buffer.from('JFIF\0')],
  [APP.icc, Buffer.from('ICC_PROFILE\0')],
  [APP.adobe, Buffer.from('Adobe')],
])

/** Segments of a JPEG (ITU-T T.81, annex B) that say something else than the picture, and what stands after its end. */
export async function jpegEdits(file: Window, strip: Strip): Promise<Edit[]> {
  const edits: Edit[] = []
  let at = 2
  while (at + 2 <= file.size) {
    const marker = (await file.head(at, 2)).readUInt16BE(0) - 0xff00
    if (marker < 0) throw new Problem('corrupt_image', { detail: 'a marker is missing' })
    if (marker === END) return [...edits, cut(at + 2, file.size)]
    if (marker === 0xff) at += 1
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) at += 2
    else {
      const end = at + 2 + (await file.bytes(at + 2, 2)).readUInt16BE(0)
      add(edits, ...(await segmentEdits(file, { marker, start: at, end }, strip)))
      at = marker === SCAN ? await endOfScan(file, end) : end
    }
  }
  return edits
}

interface Segment {
  marker: number
  start: number
  end: number
}

async function segmentEdits(file: Window, { marker, start, end }: Segment, strip: Strip): Promise<Edit[]> {
  if (marker === COMMENT) return strip === 'all' ? [cut(start, end)] : []
  if (marker < APP.jfif || marker > APP.last) return []
  const data = await file.bytes(start + 4, end - start - 4)
  const needed = LOOKS.get(marker)
  if (needed && beginsWith(data, needed)) return []
  if (marker !== APP.exif || !beginsWith(data, EXIF)) return [cut(start, end)]
  const exif = strippedExif(data.subarray(EXIF.length), strip)
  return [exif.length === 0 ? cut(start, end) : { start, end, bytes: exifSegment(exif) }]
}

function beginsWith(data: Buffer, words: Buffer): boolean {
  return data.subarray(0, words.length).equals(words)
}

function exifSegment(exif: Buffer): Buffer {
  const head = Buffer.from([0xff, APP.exif, 0, 0])
  head.writeUInt16BE(2 + EXIF.length + exif.length, 2)
  return Buffer.concat([head, EXIF, exif])
}

/** Within a scan 0xff is followed by 0, or by a restart marker; with anything else the next segment begins. */
async function endOfScan(file: Window, from: number): Promise<number> {
  for (let at = from; at + 1 < file.size; ) {
    const seen = await file.bytesFrom(at, 2)
    for (let i = seen.indexOf(0xff); i >= 0 && i + 1 < seen.length; i = seen.indexOf(0xff, i + 1)) {
      const next = seen[i + 1] ?? 0
      if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at + i
    }
    // The last byte is looked at again, with the one that follows it.
    at += seen.length - 1
  }
  return file.size
}
