import type { Sharp } from 'sharp'
import { isLimitedGrey } from '../metadata/avif-range.ts'
import { withWindow } from '../metadata/window.ts'
import type { Decoder } from './decoder.ts'

/** Factor and summand that make the full range, 0 to 255, of 16 to 235. */
const TO_FULL_RANGE = [255 / 219, (-16 * 255) / 219] as const

/**
 * Opens the first page of a file as `Decoder.open` does, so that its pixels come out as sRGB whatever its depth and profile.
 * @throws the decoder's error for a file that can not be read
 */
export async function openInSrgb(path: string, decoder: Decoder): Promise<Sharp> {
  const image = decoder.open(path)
  const { depth, format } = await image.metadata()
  // With 16 bits sharp would convert to Display P3 and write these numbers as sRGB. Every output has 8 bits.
  const srgb = depth === 'ushort' ? image.pipelineColourspace('srgb') : image
  // libheif takes the samples of an AVIF without colours for the full range, whatever the file says.
  return format === 'heif' && (await isLimited(path)) ? srgb.linear(...TO_FULL_RANGE) : srgb
}

/** Whether an AVIF is grey of the limited range. One whose boxes can not be parsed is taken as the decoder takes it. */
function isLimited(path: string): Promise<boolean> {
  return withWindow(path, isLimitedGrey).catch(() => false)
}
