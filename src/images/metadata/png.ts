import { crc32 } from 'node:zlib'
import { strippedExif } from './tiff.ts'
import { add, cut, type Edit, insert, type Strip, type Window } from './window.ts'

const SIGNATURE_BYTES = 8
/** Size of the length, type and CRC of a chunk. */
const FRAME_BYTES = 12
/** Maximum size of the keyword with which a text chunk begins. */
const MAX_KEYWORD_BYTES = 79
/** Chunks needed for display: the critical ones, which begin with a capital letter, and these. */
const NEEDED = /^([A-Z].*|tRNS|gAMA|cHRM|sRGB|iCCP|cICP|mDCv|mDCV|cLLi|cLLI|sBIT|bKGD|pHYs|hIST|acTL|fcTL|fdAT)$/
/** The registered keywords of texts for people (W3C PNG, 11.3.3.1). With any other one a text may contain the place. */
const KEPT_KEYWORDS = [
  ...['Title', 'Author', 'Description', 'Copyright', 'Creation Time', 'Software', 'Disclaimer', 'Warning', 'Source'],
  'Comment',
]

/**
 * Returns the edits that remove metadata chunks from a PNG (W3C PNG, section 5), and everything after its end.
 * @throws Problem `corrupt_image`
 */
export async function pngEdits(file: Window, strip: Strip): Promise<Edit[]> {
  const edits: Edit[] = []
  let pixels: number | undefined
  let hasExif = false
  let at = SIGNATURE_BYTES
  while (at + FRAME_BYTES <= file.size) {
    const { type, length } = await chunkAt(file, at)
    // Decoders need neither the end of the last chunk nor those after the pixels.
    const end = Math.min(file.size, at + FRAME_BYTES + length)
    const isComplete = end === at + FRAME_BYTES + length
    if (type === 'IEND') return [...edits, cut(end, file.size)]
    if (type === 'IDAT') pixels ??= at
    if (type === 'eXIf' && isComplete) {
      const exif = strippedExif(await file.bytes(at + 8, length), strip)
      // The decoder reads only what precedes the pixels, so EXIF that follows them is moved.
      if (exif.length > 0 && !hasExif) add(edits, insert(pixels ?? at, chunk(type, exif)))
      add(edits, cut(at, end))
      hasExif ||= exif.length > 0
    } else if (
      !NEEDED.test(type) &&
      !(strip === 'gps' && isComplete && (await isHarmless(file, type, at + 8, length)))
    ) {
      add(edits, cut(at, end))
    }
    at = end
  }
  return [...edits, cut(at, file.size)]
}

/** Whether a PNG is an animation of several frames: the chunk that says so may follow any number of others, but not the pixels. */
export async function isAnimatedPng(file: Window): Promise<boolean> {
  for (let at = SIGNATURE_BYTES; at + FRAME_BYTES <= file.size; ) {
    const { type, length } = await chunkAt(file, at)
    if (type === 'IDAT') return false
    if (type === 'acTL') return (await file.bytes(at + 8, 4)).readUInt32BE(0) > 1
    at += FRAME_BYTES + length
  }
  return false
}

async function chunkAt(file: Window, at: number): Promise<{ type: string; length: number }> {
  const head = await file.head(at, 8)
  return { type: head.toString('latin1', 4, 8), length: head.readUInt32BE(0) }
}

/** Whether a chunk that display does not need can not contain the place. Texts begin with a keyword that ends with NUL. */
async function isHarmless(file: Window, type: string, at: number, length: number): Promise<boolean> {
  if (type === 'tIME') return true
  if (!/^(tEXt|zTXt|iTXt)$/.test(type)) return false
  const [keyword = ''] = (await file.bytes(at, Math.min(MAX_KEYWORD_BYTES + 1, length))).toString('latin1').split('\0')
  return KEPT_KEYWORDS.includes(keyword)
}

/** Returns a chunk with its length and CRC. */
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  crc.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, crc])
}
