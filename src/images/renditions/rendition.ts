import type { Image } from '../image.ts'
import { type Format, preferredFormat } from './format.ts'

export const FITS = ['inside', 'cover', 'contain'] as const
export const BACKGROUNDS = ['transparent', 'white', 'black'] as const
/** Steps to which a requested quality is rounded up. */
const QUALITIES = [50, 80, 95] as const
const DEFAULT_QUALITY = 80
/** The ratio of the sides of a crop or canvas is rounded to this fraction of the longer side, which bounds the number of variants. */
const RATIO_STEPS = 240

/** Types of which all frames can be decoded. Of an animated PNG the decoder sees the first one only. */
const ANIMATIONS = ['image/gif', 'image/webp']

type Fit = (typeof FITS)[number]
export type Background = (typeof BACKGROUNDS)[number]
export type Quality = (typeof QUALITIES)[number]

/** Parameters of a request for a rendition; width and height in pixels, which `dpr` multiplies. */
export interface RenditionQuery {
  width?: number | undefined
  height?: number | undefined
  dpr?: number | undefined
  fit?: Fit | undefined
  format?: Format | undefined
  quality?: number | undefined
  background?: Background | undefined
}

/** What bounds the renditions of images. */
export interface RenditionLimits {
  /** Widths and heights in pixels, in ascending order. */
  sizes: number[]
  /** Most pixels that the frames of an animation may have together for its renditions to be animated; 0 for none. */
  animationPixels: number
}

/** A rendition of an image: its exact size in pixels, never of more pixels than the image has. */
export interface Rendition {
  width: number
  height: number
  /** `cover` crops the image to the size; `contain` fills what the image leaves of it with the background. */
  fit: Fit
  format: Format
  /** Another quality than the default. */
  quality?: Quality
  /** Another background than the default: white for JPEG, else transparent. */
  background?: Background
  /** For one that is animated unless its frames have more pixels together. It is part of the key: a still is not taken for it. */
  animationPixels?: number
}

/** Returns the key under which a rendition is stored. */
export function variantOf({ width, height, fit, format, quality, background, animationPixels }: Rendition): string {
  const others = [quality && `q${quality}`, background, animationPixels && `animated${animationPixels}`]
    .filter(Boolean)
    .map(other => `-${other}`)
  return `${fit}-${width}x${height}${others.join('')}.${format}`
}

/**
 * Returns the rendition for a request. Sizes are rounded up to the next one of those configured, at most the last, which bounds the
 * number of variants; a crop or canvas keeps the ratio of its sides. Requests for the same pixels yield the same rendition.
 * @param accept the Accept header, which decides when the request has no format
 */
export function renditionOf(
  { width, height, dpr = 1, fit = 'inside', format, quality, background }: RenditionQuery,
  accept: string | undefined,
  image: Pick<Image, 'width' | 'height' | 'hasAlpha'> & Frames,
  { sizes, animationPixels }: RenditionLimits,
): Rendition {
  const asked = { width: scaled(width, dpr), height: scaled(height, dpr) }
  const hasBox = asked.width !== undefined && asked.height !== undefined
  const usedFit = hasBox ? fit : 'inside'
  const isAnimatable = animationPixels > 0 && hasFrames(image)
  const usedFormat = format ?? preferredFormat(accept, { ...image, isAnimatable })
  return {
    ...sizeOf(asked, usedFit, image, sizes),
    fit: usedFit,
    format: usedFormat,
    ...(usedFormat === 'png' ? {} : qualityOf(quality)),
    ...(usedFit === 'contain' || image.hasAlpha ? backgroundOf(background, usedFormat) : {}),
    ...(isAnimatable && usedFormat === 'webp' ? { animationPixels } : {}),
  }
}

type Frames = Pick<Image, 'animated' | 'mediaType' | 'orientation'>

/** Whether all frames of an image can be shown. The decoder can not turn an animation as its orientation says. */
function hasFrames({ animated, mediaType, orientation }: Frames): boolean {
  return animated && ANIMATIONS.includes(mediaType) && orientation === 1
}

interface Size {
  width: number
  height: number
}
type Asked = { [side in keyof Size]: number | undefined }

function scaled(side: number | undefined, dpr: number): number | undefined {
  return side === undefined ? undefined : side * dpr
}

function sizeOf(asked: Asked, fit: Fit, image: Size, sizes: number[]): Size {
  if (fit === 'inside')
    return sizeInside({ width: roundUp(asked.width, sizes), height: roundUp(asked.height, sizes) }, image)
  const box = boxOf(asked as Size, sizes)
  const [horizontal, vertical] = [image.width / box.width, image.height / box.height]
  // A crop is not larger than the image; a canvas is not larger than it must be for the image in its own size.
  return resized(box, Math.min(1, fit === 'cover' ? Math.min(horizontal, vertical) : Math.max(horizontal, vertical)))
}

/** Rounds up to the next configured size; the largest one without a size, and beyond it. */
function roundUp(size: number | undefined, sizes: number[]): number {
  const largest = sizes.at(-1) ?? 0
  return sizes.find(allowed => allowed >= (size ?? largest)) ?? largest
}

/** Returns a box of the requested ratio whose longer side is a configured size. */
function boxOf({ width, height }: Size, sizes: number[]): Size {
  const [shorter, longer] = [Math.min(width, height), Math.max(width, height)]
  const long = roundUp(longer, sizes)
  const short = (long * Math.max(1, Math.round((RATIO_STEPS * shorter) / longer))) / RATIO_STEPS
  return width < height ? { width: short, height: long } : { width: long, height: short }
}

/** Returns the size of the whole image scaled down into the box. */
function sizeInside(box: Size, image: Size): Size {
  return resized(image, Math.min(1, box.width / image.width, box.height / image.height))
}

function resized({ width, height }: Size, scale: number): Size {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** Rounds a quality up to the next step. */
function qualityOf(asked = DEFAULT_QUALITY): Pick<Rendition, 'quality'> {
  const quality = QUALITIES.find(step => step >= asked) ?? QUALITIES[2]
  return quality === DEFAULT_QUALITY ? {} : { quality }
}

function backgroundOf(asked: Background | undefined, format: Format): Pick<Rendition, 'background'> {
  const standard = format === 'jpeg' ? 'white' : 'transparent'
  const background = format === 'jpeg' && asked === 'transparent' ? standard : (asked ?? standard)
  return background === standard ? {} : { background }
}
