import { add, cut, type Edit, type Strip, type Window } from './window.ts'

/** Size of the header and the logical screen descriptor; the latter's flags, at offset 10, tell the size of the palette. */
const SCREEN_BYTES = 13
/** Size of an image descriptor and the byte before the data. */
const IMAGE_BYTES = 11
const IMAGE = 0x2c
const EXTENSION = 0x21
const TRAILER = 0x3b
const GRAPHIC_CONTROL = 0xf9
const COMMENT = 0xfe
const APPLICATION = 0xff
/** Application extensions for the number of loops and the colour profile. */
const NEEDED = ['NETSCAPE2.0', 'ANIMEXTS1.0', 'ICCRGBG1012']

/**
 * Returns the edits that remove metadata extensions from a GIF (GIF89a, section 23), and everything after its end. A GIF that is
 * damaged after its first frame ends with its last intact one.
 */
export async function gifEdits(file: Window, strip: Strip): Promise<Edit[]> {
  const edits: Edit[] = []
  let hasFrame = false
  let at = SCREEN_BYTES + paletteLength((await file.bytes(10, 1))[0])
  while (at < file.size) {
    const [kind] = await file.head(at, 1)
    if (kind === TRAILER) return [...edits, cut(at + 1, file.size)]
    const end = await endOfBlock(file, at, kind)
    // Without an intact frame the decoder refuses the file.
    if (end === undefined)
      return hasFrame ? [...edits, { start: at, end: file.size, bytes: Buffer.from([TRAILER]) }] : edits
    if (kind === IMAGE) hasFrame = true
    else if (await isUnwanted(file, at, strip)) add(edits, cut(at, end))
    at = end
  }
  return edits
}

/** Returns the end of an image or extension; undefined if it is incomplete or of another kind. */
async function endOfBlock(file: Window, at: number, kind: number | undefined): Promise<number | undefined> {
  if (kind === EXTENSION) return endOfData(file, at + 2)
  if (kind !== IMAGE || at + IMAGE_BYTES > file.size) return undefined
  const palette = paletteLength((await file.bytes(at + 9, 1))[0])
  return endOfData(file, at + IMAGE_BYTES + palette)
}

/** Whether an extension is removed: any but those that display needs. With `gps` comments are kept. */
async function isUnwanted(file: Window, at: number, strip: Strip): Promise<boolean> {
  const label = (await file.bytes(at + 1, 1))[0]
  if (label === COMMENT) return strip === 'all'
  if (label !== APPLICATION) return label !== GRAPHIC_CONTROL
  const length = Math.min(11, file.size - at - 3)
  return !NEEDED.includes((await file.bytes(at + 3, length)).toString('latin1'))
}

/** Returns the size of a colour table in bytes, by the flags of the screen or the image. */
function paletteLength(flags = 0): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 0x07) + 1) : 0
}

/** Returns the end of a sequence of data sub-blocks of up to 255 bytes, of which the last is empty; undefined if the file ends before. */
async function endOfData(file: Window, from: number): Promise<number | undefined> {
  for (let at = from; at < file.size; ) {
    const bytes = await file.bytesFrom(at)
    let next = 0
    while (next < bytes.length) {
      const length = bytes[next] ?? 0
      next += 1 + length
      if (length === 0) return at + next
    }
    at += next
  }
  return undefined
}
