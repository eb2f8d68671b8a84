import type { Image } from '../image.ts'

export const FITS = ['inside', 'cover'] as const
export const FORMATS = ['webp', 'avif', 'jpeg', 'png'] as const
type Fit = (typeof FITS)[number]
export type Format = (typeof FORMATS)[number]

/** What may be asked for. */
export interface RenditionQuery {
  width?: number | undefined
  height?: number | undefined
  fit?: Fit | undefined
  format?: Format | undefined
}

/** One certain rendition of an image: exact pixels, never more than the image has. */
export interface Rendition {
  width: number
  height: number
  /** Whether what does not fit is cut off. */
  fit: Fit
  format: Format
}

/** What a rendition is kept under. */
export function variantOf({ width, height, fit, format }: Rendition): string {
  return `${fit}-${width}x${height}.${format}`
}

/**
 * The rendition that a wish comes to. Sizes snap up to the next of the ladder, which is sorted, and none is beyond its last:
 * so many variants there can be, and no more. Wishes that come to the same pixels come to the same rendition.
 */
export function renditionOf(
  { width, height, fit, format }: RenditionQuery,
  accept: string | undefined,
  image: Pick<Image, 'width' | 'height' | 'hasAlpha'>,
  ladder: number[],
): Rendition {
  const box = { width: snap(width, ladder), height: snap(height, ladder) }
  const cut = fit === 'cover' && width !== undefined && height !== undefined
  const size = cut ? writerMarks(box, image) : fitted(box, image)
  return { ...size, fit: cut ? 'cover' : 'inside', format: format ?? preferredFormat(accept, image.hasAlpha) }
}

interface Size {
  width: number
  height: number
}

function snap(size: number | undefined, ladder: number[]): number {
  const top = ladder.at(-1) ?? 0
  return ladder.find(rung => rung >= (size ?? top)) ?? top
}

function fitted(box: Size, image: Size): Size {
  const scale = Math.min(1, box.width / image.width, box.height / image.height)
  const scaled = (side: number) => Math.max(1, Math.round(side * scale))
  return { width: scaled(image.width), height: scaled(image.height) }
}

function writerMarks(box: Size, image: Size): Size {
  return { width: Math.min(box.width, image.width), height: Math.min(box.height, image.height) }
}

/** Formats that not everybody reads are for those who name them, as browsers do; of two liked as well the quicker one. */
function preferredFormat(accept: string | undefined, hasAlpha: boolean): Format {
  let best: { format: Format; quality: number } | undefined
  for (const format of ['webp', 'avif'] as const) {
    const quality = qualityOf(accept ?? '', `image/${format}`)
    if (quality > (best?.quality ?? 0)) best = { format, quality }
  }
  return best?.format ?? (hasAlpha ? 'png' : 'jpeg')
}

/** How much an Accept header wants exactly this type (RFC 9110, 12.5.1): 0 to 1. */
function qualityOf(accept: string, type: string): number {
  for (const item of accept.toLowerCase().split(',')) {
    const [name, ...parameters] = item.split(';').map(part => part.trim())
    if (name !== type) continue
    const weight = parameters.find(parameter => parameter.startsWith('q='))
    return weight === undefined ? 1 : Number(weight.slice(2)) || 0
  }
  return 0
}
