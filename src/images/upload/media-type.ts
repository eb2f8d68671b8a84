import { open } from 'node:fs/promises'
import { fileTypeFromBuffer } from 'file-type'
import { Problem } from '../../errors.ts'

const HEAD = 4100

/** The types that are stored; whatever else a decoder can read (SVG, PDF, ...) is an attack surface, not a feature. */
const MEDIA_TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'] as const
export type MediaType = (typeof MEDIA_TYPES)[number]

/**
 * What a file begins like; neither its name nor its sender is believed.
 * @throws Problem `unsupported_image`
 */
export async function mediaTypeOf(path: string): Promise<{ mediaType: MediaType; isApng: boolean }> {
  const found = await fileTypeFromBuffer(await head(path))
  const isApng = found?.mime === 'image/apng'
  const mediaType = MEDIA_TYPES.find(type => type === (isApng ? 'image/png' : found?.mime))
  if (!mediaType) throw new Problem('unsupported_image', { detail: 'JPEG, PNG, WebP, GIF and AVIF are' })
  return { mediaType, isApng }
}

async function head(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
