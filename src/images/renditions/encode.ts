import type { Sharp } from 'sharp'
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
 * Encodes a rendition of an image file, in sRGB and without metadata. An animation of too many pixels, and one that is damaged behind its
 * first frame, gives a still.
 * @throws Problem `unavailable` when it takes too much time or memory; the decoder's error for a file that can not be decoded
 */
export async function encode(path: string, rendition: Rendition, decoder: Decoder): Promise<Buffer> {
  try {
    return (
      (await encodeAnimation(path, rendition, decoder)) ?? (await encodeAs(rendition, await openInSrgb(path, decoder)))
    )
  } catch (error) {
    throw decodingError(error)
  }
}

/** Encodes an animated rendition, with delays and number of loops. @returns undefined when it is to be a still */
async function encodeAnimation(path: string, rendition: Rendition, decoder: Decoder): Promise<Buffer | undefined> {
  const { width, height, animationPixels = 0 } = rendition
  if (animationPixels === 0) return undefined
  const { pages = 1, ...page } = await decoder.open(path).metadata()
  // A canvas can be larger than the frame in it.
  const pixels = pages * Math.max(page.width * page.height, width * height)
  if (pixels > animationPixels) return undefined
  try {
    return await encodeAs(rendition, decoder.openAnimation(path, animationPixels))
  } catch (error) {
    if (decodingError(error) !== error) throw error
    return undefined
  }
}

/** Encodes the pages of an image in size, format and quality of a rendition. */
function encodeAs({ width, height, fit, format, quality = 80, background }: Rendition, image: Sharp): Promise<Buffer> {
  const colour = background ?? (format === 'jpeg' ? 'white' : 'transparent')
  const number = QUALITY[quality][format]
  const scaled = image.resize(width, height, {
    // A size inside already has the right proportions: `fill` distorts less than a pixel.
    fit: fit === 'inside' ? 'fill' : fit,
    background: COLOURS[colour],
  })
  return (colour === 'transparent' ? scaled : scaled.flatten({ background: COLOURS[colour] }))
    .toFormat(format, { ...SETTINGS[format], ...(number === undefined ? {} : { quality: number }) })
    .toBuffer()
}
