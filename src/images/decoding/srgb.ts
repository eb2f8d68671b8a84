import type { Sharp } from 'sharp'
import type { Decoder } from './decoder.ts'

/**
 * Opens the first page of a file as `Decoder.open` does, so that its pixels come out as sRGB whatever its depth and profile.
 * @throws the decoder's error for a file that can not be read
 */
export async function openInSrgb(path: string, decoder: Decoder): Promise<Sharp> {
  const image = decoder.open(path)
  const { depth } = await image.metadata()
  // With 16 bits sharp would convert to Display P3 and write these numbers as sRGB. Every output has 8 bits.
  return depth === 'ushort' ? image.pipelineColourspace('srgb') : image
}
