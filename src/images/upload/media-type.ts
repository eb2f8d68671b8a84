import { open } from 'node:fs/promises'
import { fileTypeFromBuffer } from 'file-type'
import { Problem } from '../../errors.ts'

/** Number of first bytes that file-type recommends to look at. */
const HEAD_BYTES = 4100

/** The accepted types. Other types that the decoder could read (SVG, PDF) would only add attack surface. */
const MEDIA_TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'] as const
export type MediaType = (typeof MEDIA_TYPES)[number]

/**
 * Determines the media type of a file from its first bytes; file name and declared type are ignored. APNG counts as PNG.
 * @throws Problem `unsupported_image`
 */
export async function mediaTypeOf(path: string): Promise<{ mediaType: MediaType; isApng: boolean }> {
  const found = await fileTypeFromBuffer(await head(path))
  const isApng = found?.mime === 'image/apng'
  const mediaType = MEDIA_TYPES.find(type => type === (isApng ? 'image/png' : found?.mime))
  if (!mediaType) throw new Problem('unsupported_image', { detail: 'supported are JPEG, PNG, WebP, GIF and AVIF' })
  return { mediaType, isApng }
}

async function head(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
