import { Problem } from '../../errors.ts'
import { add, cut, type Edit, type Strip, type Window } from './window.ts'

const SCREEN = 13
const IMAGE = 0x2c
const EXTENSION = 0x21
const TRAILER = 0x3b
const COMMENT = 0xfe
const APPLICATION = 0xff
/** How often it plays, and its colours. */
const LOOKS = ['NETSCAPE2.0', 'ANIMEXTS1.0', 'ICCRGBG1012']

/** Extensions of a GIF (GIF89a, section 23) that say something else than the picture, and what stands after its end. */
export async function gifEdits(file: Window, strip: Strip): Promise<Edit[]> {
  const edits: Edit[] = []
  let at = SCREEN + paletteLength((await file.bytes(10, 1))[0])
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
    } else throw new Problem('corrupt_image', { detail: 'a block of no known kind' })
  }
  return edits
}

async function isUnwanted(file: Window, at: number, strip: Strip): Promise<boolean> {
  const label = (await file.bytes(at + 1, 1))[0]
  if (label === COMMENT) return strip === 'all'
  return label === APPLICATION && !LOOKS.includes((await file.bytes(at + 3, 11)).toString('latin1'))
}

function paletteLength(flags = 0): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 0x07) + 1) : 0
}

/** Data come in blocks of up to 255 bytes, the last of which is empty. */
async function endOfBlocks(file: Window, from: number): Promise<number> {
  for (let at = from; ; ) {
    const seen = await file.bytesFrom(at)
    let next = 0
    while (next < seen.length) {
      const length = seen[next] ?? 0
      next += 1 + length
      if (length === 0) return at + next
    }
    at += next
  }
}
