import type { Metadata } from 'sharp'
import { rgbaToThumbHash } from 'thumbhash'
import { Problem } from '../../errors.ts'
import type { Decoder } from '../decoder.ts'
import { type Shot, shotOf } from './exif.ts'
import { type MediaType, mediaTypeOf } from './media-type.ts'

const PLACEHOLDER_SIDE = 100
/** How the decoder calls what it has decoded. */
const DECODED_AS: Record<MediaType, string> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'heif',
}

/** How the decoder says that the file has gone, and that there was too little time or memory for it. */
const GONE = /^Input file is missing/m
const TOO_MUCH = /^timeout:|^out of memory --/m

interface Inspection extends Shot {
  mediaType: MediaType
  /** In pixels, as it is looked at: orientation applied. */
  width: number
  height: number
  /** As EXIF counts: 1 is upright, 2 to 8 are turned or mirrored. */
  orientation: number
  animated: boolean
  hasAlpha: boolean
  /** A thumbhash in base64. */
  placeholder: string
}

/**
 * Finds out what a file is from its bytes, by decoding it: neither its name nor its sender is believed.
 * @throws Problem `unsupported_image`, `corrupt_image`, `image_too_large`, or `unavailable` when it took too much time or memory
 */
export async function inspect(path: string, decoder: Decoder): Promise<Inspection> {
  const { mediaType, isApng } = await mediaTypeOf(path)
  const { metadata, placeholder } = await decoder.inTurn(() => decode(path, decoder))
  const { format, autoOrient, orientation = 1, pages = 1, hasAlpha, exif } = metadata
  if (format !== DECODED_AS[mediaType])
    throw new Problem('corrupt_image', { detail: `it begins as ${mediaType} and decodes as ${format}` })
  return {
    mediaType,
    width: autoOrient.width,
    height: autoOrient.height,
    orientation,
    animated: isApng || pages > 1,
    hasAlpha,
    placeholder,
    ...shotOf(exif),
  }
}

async function decode(path: string, decoder: Decoder): Promise<{ metadata: Metadata; placeholder: string }> {
  try {
    const metadata = await decoder.open(path).metadata()
    const { data, info } = await decoder
      .open(path)
      .resize(PLACEHOLDER_SIDE, PLACEHOLDER_SIDE, { fit: 'inside' })
      .toColourspace('srgb')
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    const placeholder = Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64')
    return { metadata, placeholder }
  } catch (cause) {
    const { message } = cause as Error
    if (GONE.test(message)) throw cause
    if (TOO_MUCH.test(message)) {
      const detail = 'there was too little time or memory to decode it'
      throw new Problem('unavailable', { detail, headers: { 'retry-after': '30' }, cause })
    }
    if (/pixel limit/.test(message)) throw new Problem('image_too_large', { cause })
    // The decoder's own words name folders of ours.
    throw new Problem('corrupt_image', { detail: 'it is broken, or a part of it is missing', cause })
  }
}
