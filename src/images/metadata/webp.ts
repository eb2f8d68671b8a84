import { strippedExif } from './tiff.ts'
import { add, cut, type Edit, type Strip, type Window } from './window.ts'

const FIRST_CHUNK_OFFSET = 12
/** Types of the chunks that are needed for display. */
const NEEDED = ['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP']
/** Flags of VP8X for metadata chunks. */
const HAS_EXIF = 0x08
const HAS_XMP = 0x04

/**
 * Returns the edits that remove metadata chunks from a WebP (RFC 9649, section 2), and everything after its end. The size in the
 * RIFF header and the flags of VP8X are adapted.
 * @throws Problem `corrupt_image`
 */
export async function webpEdits(file: Window, strip: Strip): Promise<Edit[]> {
  const edits: Edit[] = []
  const size = Math.min(file.size, 8 + (await file.bytes(4, 4)).readUInt32LE(0))
  let flagsAt: number | undefined
  let hasExif = false
  for (let at = FIRST_CHUNK_OFFSET; at + 8 <= size; ) {
    const head = await file.head(at, 8)
    const type = head.toString('latin1', 0, 4)
    const length = head.readUInt32LE(4)
    const end = Math.min(size, at + 8 + length + (length % 2))
    if (type === 'VP8X') flagsAt = at + 8
    if (type === 'EXIF') {
      const exif = await exifChunk(await file.bytes(at + 8, length), strip)
      add(edits, { start: at, end, bytes: exif })
      hasExif ||= exif.length > 0
    } else if (!NEEDED.includes(type)) add(edits, cut(at, end))
    at = end
  }
  if (flagsAt !== undefined) {
    const [flags = 0] = await file.bytes(flagsAt, 1)
    const kept = flags & ~HAS_XMP & (hasExif ? 0xff : ~HAS_EXIF)
    add(edits, { start: flagsAt, end: flagsAt + 1, bytes: Buffer.from([kept]) })
  }
  const removed = edits.reduce((sum, { start, end, bytes }) => sum + end - start - bytes.length, 0)
  return [...edits, { start: 4, end: 8, bytes: uint32(size - 8 - removed) }, cut(size, file.size)]
}

/** Returns the stripped EXIF chunk. Some encoders write the header `Exif\0\0`, which belongs into JPEG only. */
async function exifChunk(data: Buffer, strip: Strip): Promise<Buffer> {
  const hasHeader = data.toString('latin1', 0, 6) === 'Exif\0\0'
  const exif = strippedExif(data.subarray(hasHeader ? 6 : 0), strip)
  if (exif.length === 0) return exif
  return Buffer.concat([Buffer.from('EXIF'), uint32(exif.length), exif, Buffer.alloc(exif.length % 2)])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
