import { crc32 } from 'node:zlib'
import { strippedExif } from './tiff.ts'
import { add, cut, type Edit, type Strip, type Window } from './window.ts'

const SIGNATURE = 8
/** Head and sum of a chunk. */
const FRAME = 12
const KEYWORD = 79
/** Chunks that have to do with how the picture looks, besides the critical ones, which begin with a capital. */
const LOOKS = /^([A-Z].*|tRNS|gAMA|cHRM|sRGB|iCCP|cICP|mDCv|mDCV|cLLi|cLLI|sBIT|bKGD|pHYs|hIST|sPLT|acTL|fcTL|fdAT)$/
const PLACES = /^(XML:com\.adobe\.xmp|Raw profile type )/

/** Chunks of a PNG (W3C PNG, section 5) that say something else than the picture, and what stands after its end. */
export async function pngEdits(file: Window, strip: Strip): Promise<Edit[]> {
  const edits: Edit[] = []
  let at = SIGNATURE
  while (at < file.size) {
    const head = await file.head(at, 8)
    const length = head.readUInt32BE(0)
    const type = head.toString('latin1', 4, 8)
    const end = at + FRAME + length
    if (type === 'IEND') return [...edits, cut(end, file.size)]
    if (type === 'eXIf') {
      const exif = strippedExif(await file.bytes(at + 8, length), strip)
      add(edits, exif.length === 0 ? cut(at, end) : { start: at, end, bytes: chunk(type, exif) })
    } else if (!LOOKS.test(type) && !(strip === 'gps' && (await isHarmless(file, type, at + 8, length)))) {
      add(edits, cut(at, end))
    }
    at = end
  }
  return edits
}

async function isHarmless(file: Window, type: string, at: number, length: number): Promise<boolean> {
  if (type === 'tIME') return true
  if (!/^(tEXt|zTXt|iTXt)$/.test(type)) return false
  return !PLACES.test((await file.bytes(at, Math.min(KEYWORD, length))).toString('latin1'))
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
