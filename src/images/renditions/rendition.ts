import type { Image } from '../image.ts'

export const FITS = ['inside', 'cover'] as const
export const FORMATS = ['webp', 'avif', 'jpeg', 'png'] as const
type Fit = (typeof FITS)[number]
export type Format = (typeof FORMATS)[number]

/** Parameters of a request for a rendition; width and height in pixels. */
export interface RenditionQuery {
  width?: number | undefined
  height?: number | undefined
  fit?: Fit | undefined
  format?: Format | undefined
}

/** A rendition of an image: its exact size in pixels, never larger than the image. */
export interface Rendition {
  width: number
  height: number
  /** `cover` crops the image to the size. */
  fit: Fit
  format: Format
}

/** Returns the key under which a rendition is stored. */
export function variantOf({ width, height, fit, format }: Rendition): string {
  return `${fit}-${width}x${height}.${format}`
}

/**
 * Returns the rendition for a request. Sizes are rounded up to the next one of `sizes`, at most the last, which bounds the number of
 * variants. Requests for the same pixels yield the same rendition.
 * @param accept the Accept header, which decides when the request has no format
 * @param sizes configured sizes in pixels, in ascending order
 */
export function renditionOf(
  { width, height, fit, format }: RenditionQuery,
  accept: string | undefined,
  image: Pick<Image, 'width' | 'height' | 'hasAlpha'>,
  sizes: number[],
): Rendition {
  const box = { width: roundUp(width, sizes), height: roundUp(height, sizes) }
  const isCropped = fit === 'cover' && width !== undefined && height !== undefined
  const size = isCropped ? sizeToCover(box, image) : sizeInside(box, image)
  return { ...size, fit: isCropped ? 'cover' : 'inside', format: format ?? preferredFormat(accept, image.hasAlpha) }
}

interface Size {
  width: number
  height: number
}

/** Rounds up to the next configured size; the largest one without a size, and beyond it. */
function roundUp(size: number | undefined, sizes: number[]): number {
  const largest = sizes.at(-1) ?? 0
  return sizes.find(allowed => allowed >= (size ?? largest)) ?? largest
}

/** Returns the size of the whole image scaled down into the box. */
function sizeInside(box: Size, image: Size): Size {
  const scale = Math.min(1, box.width / image.width, box.height / image.height)
  const scaled = (side: number) => Math.max(1, Math.round(side * scale))
  return { width: scaled(image.width), height: scaled(image.height) }
}

/** Returns the size of the crop. */
function sizeToCover(box: Size, image: Size): Size {
  return { width: Math.min(box.width, image.width), height: Math.min(box.height, image.height) }
}

/** Returns WebP or AVIF only if Accept names them, as browsers do; with equal weights WebP, which is faster to encode. */
function preferredFormat(accept: string | undefined, hasAlpha: boolean): Format {
  let best: { format: Format; quality: number } | undefined
  for (const format of ['webp', 'avif'] as const) {
    const quality = qualityOf(accept ?? '', `image/${format}`)
    if (quality > (best?.quality ?? 0)) best = { format, quality }
  }
  return best?.format ?? (hasAlpha ? 'png' : 'jpeg')
}

/** Returns the weight of exactly this type in an Accept header (RFC 9110, 12.5.1), 0 to 1. */
function qualityOf(accept: string, type: string): number {
  for (const item of accept.toLowerCase().split(',')) {
    const [name, ...parameters] = item.split(';').map(part => part.trim())
    if (name !== type) continue
    const weight = parameters.find(parameter => parameter.startsWith('q='))
    return weight === undefined ? 1 : Number(weight.slice(2)) || 0
  }
  return 0
}
