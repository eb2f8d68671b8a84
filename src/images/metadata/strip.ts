import { open } from 'node:fs/promises'
import { Problem } from '../../errors.ts'
import { type MediaType, mediaTypeOf } from '../upload/media-type.ts'
import { avifEdits } from './avif.ts'
import { gifEdits } from './gif.ts'
import { jpegEdits } from './jpeg.ts'
import { pngEdits } from './png.ts'
import { webpEdits } from './webp.ts'
import { type Edit, type Strip, Window } from './window.ts'

/** The function for each media type that finds what to remove. */
const EDITS: Record<MediaType, (file: Window, strip: Strip) => Promise<Edit[]>> = {
  'image/jpeg': jpegEdits,
  'image/png': pngEdits,
  'image/webp': webpEdits,
  'image/gif': gifEdits,
  'image/avif': avifEdits,
}

/**
 * Yields the bytes of an image file without its metadata. The image is not re-encoded. Unknown chunks, boxes and application segments
 * are removed in both modes, since they may contain anything.
 * @param strip `gps` for everything that may contain a place, `all` for everything but colours and orientation
 * @throws Problem `unsupported_image` or `corrupt_image`
 */
export async function* stripped(path: string, strip: Strip): AsyncGenerator<Buffer> {
  const mediaType = await mediaTypeOf(path)
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const window = new Window(file, size)
    const edits = await EDITS[mediaType](window, strip).catch(asCorrupt)
    let at = 0
    for (const { start, end, bytes } of edits.sort((a, b) => a.start - b.start)) {
      if (start < at || end < start || end > size)
        throw new Problem('corrupt_image', { detail: 'the parts of the file overlap or exceed it' })
      yield* between(window, at, start)
      if (bytes.length > 0) yield bytes
      at = end
    }
    yield* between(window, at, size)
  } finally {
    await file.close()
  }
}

/** Converts a read past the end of a block into a problem of the file; the message of Node.js would not help the client. */
function asCorrupt(cause: unknown): never {
  throw cause instanceof RangeError
    ? new Problem('corrupt_image', { detail: 'a block of the file is incomplete', cause })
    : cause
}

/** Yields the bytes of the file from `start` (inclusive) to `end` (exclusive). */
async function* between(window: Window, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const bytes = (await window.bytesFrom(at)).subarray(0, end - at)
    yield bytes
    at += bytes.length
  }
}
