import { Problem } from '../../errors.ts'
import { add, cut, type Edit, type Strip, type Window } from './window.ts'

/** Size of the header and the logical screen descriptor; the latter's flags, at offset 10, tell the size of the palette. */
const SCREEN_BYTES = 13
const IMAGE = 0x2c
const EXTENSION = 0x21
const TRAILER = 0x3b
const COMMENT = 0xfe
const APPLICATION = 0xff
/** Application extensions for the number of loops and the colour profile. */
const NEEDED = ['NETSCAPE2.0', 'ANIMEXTS1.0', 'ICCRGBG1012']

/**
 * Returns the edits that remove metadata extensions from a GIF (GIF89a, section 23), and everything after its end.
 * @throws Problem `corrupt_image`
 */
export async function gifEdits(file: Window, strip: Strip): Promise<Edit[]> {
  const edits: Edit[] = []
  let at = SCREEN_BYTES + paletteLength((await file.bytes(10, 1))[0])
  while (at < file.size) {
    const [kind] = await file.head(at, 1)
    if (kind === TRAILER) return [...edits, cut(at + 1, file.size)]
    if (kind === IMAGE) {
      const palette = paletteLength((await file.bytes(at + 9, 1))[0])
      at = await endOfBlocks(file, at + 10 + palette + 1)
    } else if (kind === EXTENSION) {
      const end = await endOfBlocks(file, at + 2)
      if (await isUnwanted(file, at, strip)) add(edits, cut(at, end))
      at = end
    } else throw new Problem('corrupt_image', { detail: 'the file has a GIF block of an unknown kind' })
  }
  return edits
}

/** Whether an extension is removed. With `gps` comments are kept. */
async function isUnwanted(file: Window, at: number, strip: Strip): Promise<boolean> {
  const label = (await file.bytes(at + 1, 1))[0]
  if (label === COMMENT) return strip === 'all'
  return label === APPLICATION && !NEEDED.includes((await file.bytes(at + 3, 11)).toString('latin1'))
}

/** Returns the size of a colour table in bytes, by the flags of the screen or the image. */
function paletteLength(flags = 0): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 0x07) + 1) : 0
}

/** Returns the end of a sequence of data sub-blocks of up to 255 bytes, of which the last is empty. */
async function endOfBlocks(file: Window, from: number): Promise<number> {
  for (let at = from; ; ) {
    const bytes = await file.bytesFrom(at)
    let next = 0
    while (next < bytes.length) {
      const length = bytes[next] ?? 0
      next += 1 + length
      if (length === 0) return at + next
    }
    at += next
  }
}
