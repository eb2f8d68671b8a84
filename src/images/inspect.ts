import { open } from 'node:fs/promises'
import { fileTypeFromBuffer } from 'file-type'
import sharp from 'sharp'
import { rgbaToThumbHash } from 'thumbhash'
import { Problem } from '../errors.ts'

const HEAD = 4100
const PLACEHOLDER_SIDE = 100
const FORMATS: Record<string, string> = {
  'image/jpeg': 'jpeg',
  'image/png': 'png',
  'image/apng': 'png',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'image/avif': 'heif',
}

// Whatever else libvips can read (SVG, PDF, ...) is an attack surface, not a feature.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'].map(name => `VipsForeignLoad${name}`) })

export interface Inspection {
  mediaType: string
  /** In pixels, as it is looked at: orientation applied. */
  width: number
  height: number
  /** A thumbhash in base64. */
  placeholder: string
}

/**
 * Finds out what a file is from its bytes, by decoding it: neither its name nor its sender is believed.
 * @throws Problem `unsupported_image`, `corrupt_image` or `image_too_large`
 */
export async function inspect(path: string, maxPixels: number): Promise<Inspection> {
  const found = await fileTypeFromBuffer(await head(path))
  const format = found && FORMATS[found.mime]
  if (!found || !format) throw new Problem('unsupported_image', { detail: 'JPEG, PNG, WebP, GIF and AVIF are' })
  try {
    const metadata = await sharp(path, { limitInputPixels: maxPixels }).metadata()
    if (metadata.format !== format) throw new Error(`it looks like ${format} and decodes as ${metadata.format}`)
    const { width, height } = metadata.autoOrient
    const mediaType = found.mime === 'image/apng' ? 'image/png' : found.mime
    return { mediaType, width, height, placeholder: await placeholderOf(path, maxPixels) }
  } catch (cause) {
    const { message } = cause as Error
    throw new Problem(/pixel limit/.test(message) ? 'image_too_large' : 'corrupt_image', { detail: message, cause })
  }
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

async function placeholderOf(path: string, maxPixels: number): Promise<string> {
  const { data, info } = await sharp(path, { limitInputPixels: maxPixels, pages: 1 })
    .autoOrient()
    .resize(PLACEHOLDER_SIDE, PLACEHOLDER_SIDE, { fit: 'inside' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return Buffer.from(rgbaToThumbHash(info.width, info.height, data)).toString('base64')
}
