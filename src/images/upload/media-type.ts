import { open } from 'node:fs/promises'
import { fileTypeFromBuffer } from 'file-type'
import { Problem } from '../../errors.ts'

/** Number of first bytes that file-type recommends to look at. */
const HEAD_BYTES = 4100

/** The accepted types. Other types that the decoder could read (SVG, PDF) would only add attack surface. */
const MEDIA_TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'] as const
export type MediaType = (typeof MEDIA_TYPES)[number]

/** Types that file-type tells by the first brand of a file of the family of HEIF and AVIF. */
const HEIF_TYPES = /^image\/(avif|hei[cf](-sequence)?)$/
const SUPPORTED = 'supported are JPEG, PNG, WebP, GIF and AVIF'
const SEQUENCE = 'image sequences of AVIF are not supported: send an animated WebP or GIF, or a still AVIF'
const HEIC = 'HEIC is not supported, since its codec HEVC is patented: send the image as JPEG, WebP or AVIF'

/**
 * Determines the media type of a file from its first bytes; file name and declared type are ignored. APNG counts as PNG.
 * @throws Problem `unsupported_image`
 */
export async function mediaTypeOf(path: string): Promise<MediaType> {
  const bytes = await head(path)
  const found = await fileTypeFromBuffer(bytes)
  if (HEIF_TYPES.test(found?.mime ?? '')) return avifOrThrow(brandsOf(bytes))
  const mediaType = MEDIA_TYPES.find(type => type === (found?.mime === 'image/apng' ? 'image/png' : found?.mime))
  if (!mediaType) throw new Problem('unsupported_image', { detail: SUPPORTED })
  return mediaType
}

/** @throws Problem `unsupported_image` for a file that is not a still AVIF */
function avifOrThrow(brands: string[]): 'image/avif' {
  if (brands[0] === 'avis') throw new Problem('unsupported_image', { detail: SEQUENCE })
  if (!brands.includes('avif')) throw new Problem('unsupported_image', { detail: `${HEIC}; ${SUPPORTED}` })
  return 'image/avif'
}

/** Returns the brands in the first box of a file, the major one first (ISO/IEC 14496-12, 4.3). */
function brandsOf(bytes: Buffer): string[] {
  const brands = bytes.subarray(8, Math.min(bytes.readUInt32BE(0), bytes.length)).toString('latin1')
  const [major = '', _minorVersion, ...compatible] = brands.match(/.{4}/gs) ?? []
  return [major, ...compatible]
}

async function head(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
