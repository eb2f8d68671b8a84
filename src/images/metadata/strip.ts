import { open } from 'node:fs/promises'
import { Problem } from '../../errors.ts'
import { type MediaType, mediaTypeOf } from '../upload/media-type.ts'
import { avifEdits } from './avif.ts'
import { gifEdits } from './gif.ts'
import { jpegEdits } from './jpeg.ts'
import { pngEdits } from './png.ts'
import { webpEdits } from './webp.ts'
import { type Edit, type Strip, Window } from './window.ts'

const EDITS: Record<MediaType, (file: Window, strip: Strip) => Promise<Edit[]>> = {
  'image/jpeg': jpegEdits,
  'image/png': pngEdits,
  'image/webp': webpEdits,
  'image/gif': gifEdits,
  'image/avif': avifEdits,
}

/**
 * The bytes of an image file without its metadata. The picture itself is not coded anew: its bytes stay as they are. What is not
 * known to be needed for looking at it goes, in both cases: it might say anything.
 * @throws Problem `unsupported_image` or `corrupt_image`
 */
export async function* stripped(path: string, strip: Strip): AsyncGenerator<Buffer> {
  const { mediaType } = await mediaTypeOf(path)
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const window = new Window(file, size)
    const edits = await EDITS[mediaType](window, strip).catch(asCorrupt)
    let at = 0
    for (const { start, end, bytes } of edits.sort((a, b) => a.start - b.start)) {
      if (start < at || end < start || end > size)
        throw new Problem('corrupt_image', { detail: 'its parts do not fit together' })
      yield* between(window, at, start)
      if (bytes.length > 0) yield bytes
      at = end
    }
    yield* between(window, at, size)
  } finally {
    await file.close()
  }
}

/** What is read past the end of a piece is a fault of the file. */
function asCorrupt(cause: unknown): never {
  throw cause instanceof RangeError ? new Problem('corrupt_image', { detail: cause.message, cause }) : cause
}

async function* between(window: Window, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const seen = (await window.bytesFrom(at)).subarray(0, end - at)
    yield seen
    at += seen.length
  }
}
