import { type Decoder, decodingError } from '../decoding/decoder.ts'
import { openInSrgb } from '../decoding/srgb.ts'
import type { Format } from './format.ts'
import type { Background, Quality, Rendition } from './rendition.ts'

/** Settings of the encoders. With its default effort AVIF takes almost a second per megapixel; effort 2 takes a third of that. */
const SETTINGS: Record<Format, object> = { webp: {}, avif: { effort: 2 }, jpeg: { progressive: true }, png: {} }
/** The encoders' own numbers for each step of quality; PNG has no losses. */
const QUALITY: Record<Quality, Partial<Record<Format, number>>> = {
  50: { webp: 50, avif: 35, jpeg: 50 },
  80: { webp: 80, avif: 55, jpeg: 82 },
  95: { webp: 95, avif: 75, jpeg: 95 },
}
const COLOURS: Record<Background, string> = { transparent: '#0000', white: '#fff', black: '#000' }

/**
 * Encodes a rendition of an image file, in sRGB and without metadata.
 * @throws Problem `unavailable` when it takes too much time or memory; the decoder's error for a file that can not be decoded
 */
export async function encode(path: string, rendition: Rendition, decoder: Decoder): Promise<Buffer> {
  const { width, height, fit, format, quality = 80, background } = rendition
  const colour = background ?? (format === 'jpeg' ? 'white' : 'transparent')
  const number = QUALITY[quality][format]
  try {
    const image = await openInSrgb(path, decoder)
    const scaled = image.resize(width, height, {
      // A size inside already has the right proportions: `fill` distorts less than a pixel.
      fit: fit === 'inside' ? 'fill' : fit,
      background: COLOURS[colour],
    })
    return await (colour === 'transparent' ? scaled : scaled.flatten({ background: COLOURS[colour] }))
      .toFormat(format, { ...SETTINGS[format], ...(number === undefined ? {} : { quality: number }) })
      .toBuffer()
  } catch (error) {
    throw decodingError(error)
  }
}
