import type { Metadata } from 'sharp'
import { rgbaToThumbHash } from 'thumbhash'
import { Problem } from '../../errors.ts'
import { type Decoder, type DecoderClient, decodingError } from '../decoding/decoder.ts'
import { openInSrgb } from '../decoding/srgb.ts'
import { isAnimatedPng } from '../metadata/png.ts'
import { withWindow } from '../metadata/window.ts'
import { type CameraData, cameraDataOf } from './exif.ts'
import { type MediaType, mediaTypeOf } from './media-type.ts'

/** Longer side of the image that the placeholder is made of, the largest that ThumbHash accepts. */
const PLACEHOLDER_SIDE_PIXELS = 100
/** The decoder's names of the formats. */
const DECODER_FORMATS: Record<MediaType, string> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'heif',
}

/** The decoder's message for a missing file. */
const FILE_MISSING = /^Input file is missing/m

/** Properties of an image file. */
interface Inspection extends CameraData {
  mediaType: MediaType
  /** In pixels, with the orientation applied. */
  width: number
  height: number
  /** EXIF orientation: 1 is upright, 2 to 8 are rotated or mirrored. */
  orientation: number
  animated: boolean
  hasAlpha: boolean
  /** ThumbHash in base64. */
  placeholder: string
}

/**
 * Determines type and properties of an image by decoding it; file name and declared type are ignored.
 * @param waiting who uploads, for the queue of the decoder
 * @throws Problem `unsupported_image`, `corrupt_image`, `image_too_large`; `unavailable` when decoding takes too much time or memory, or
 *   too many images are waiting
 */
export async function inspect(path: string, decoder: Decoder, client: DecoderClient): Promise<Inspection> {
  const mediaType = await mediaTypeOf(path)
  const { metadata, placeholder } = await decoder.schedule(() => decode(path, decoder), { ...client, lane: 'uploads' })
  const { format, autoOrient, orientation = 1, pages = 1, hasAlpha, exif } = metadata
  if (format !== DECODER_FORMATS[mediaType])
    throw new Problem('corrupt_image', { detail: `the file begins like ${mediaType} but decodes as ${format}` })
  return {
    mediaType,
    width: autoOrient.width,
    height: autoOrient.height,
    orientation,
    // The decoder sees only the first frame of an animated PNG.
    animated: mediaType === 'image/png' ? await withWindow(path, isAnimatedPng) : pages > 1,
    hasAlpha,
    placeholder,
    ...cameraDataOf(exif),
  }
}

/** Decodes the first page of a file. @throws Problem when it can not be decoded; the decoder's error when the file is missing */
async function decode(path: string, decoder: Decoder): Promise<{ metadata: Metadata; placeholder: string }> {
  try {
    const metadata = await decoder.open(path).metadata()
    const image = await openInSrgb(path, decoder)
    const { data, info } = await image
      .resize(PLACEHOLDER_SIDE_PIXELS, PLACEHOLDER_SIDE_PIXELS, { fit: 'inside' })
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    const placeholder = Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64')
    return { metadata, placeholder }
  } catch (cause) {
    const { message } = cause as Error
    if (FILE_MISSING.test(message)) throw cause
    const error = decodingError(cause)
    if (error instanceof Problem) throw error
    if (/pixel limit/.test(message)) throw new Problem('image_too_large', { cause })
    // The decoder's message would reveal paths of this machine.
    throw new Problem('corrupt_image', { detail: 'the file is damaged or incomplete', cause })
  }
}
