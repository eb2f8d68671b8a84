import type { Decoder } from '../decoder.ts'
import { openInSrgb } from '../srgb.ts'
import type { Format, Rendition } from './rendition.ts'

/** With the default effort AVIF takes almost a second per megapixel; effort 2 takes a third of that for slightly larger files. */
const ENCODING: Record<Format, object> = {
  webp: { quality: 80 },
  avif: { quality: 55, effort: 2 },
  jpeg: { quality: 82, progressive: true },
  png: {},
}

/**
 * Encodes a rendition of an image file, in sRGB and without metadata. JPEG gets a white background.
 * @throws the decoder's error for a file that can not be decoded
 */
export async function encode(
  path: string,
  { width, height, fit, format }: Rendition,
  decoder: Decoder,
): Promise<Buffer> {
  const image = await openInSrgb(path, decoder)
  // The size already has the right proportions: `fill` distorts less than a pixel.
  const scaled = image.resize(width, height, { fit: fit === 'cover' ? 'cover' : 'fill' })
  return (format === 'jpeg' ? scaled.flatten({ background: '#fff' }) : scaled)
    .toFormat(format, ENCODING[format])
    .toBuffer()
}
