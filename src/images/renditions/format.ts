/** The formats of renditions. */
export const FORMATS = ['webp', 'avif', 'jpeg', 'png'] as const
export type Format = (typeof FORMATS)[number]

/** Formats that some clients can not show: without a weight for them by name they come last. */
const MODERN_FORMATS = ['webp', 'avif'] as const

/**
 * Returns the format with the highest weight in an Accept header (RFC 9110, 12.5.1). Of equal weights WebP and AVIF come first if the
 * header names them, as browsers do (WebP is faster to encode), then JPEG, or PNG for a transparent image. For an animatable one WebP
 * comes first in any case. If no format is acceptable, the header is ignored.
 */
export function preferredFormat(
  accept: string | undefined,
  { hasAlpha, isAnimatable }: { hasAlpha: boolean; isAnimatable: boolean },
): Format {
  const ranges = rangesOf(accept ?? '*/*')
  const animated: Format[] = isAnimatable ? ['webp'] : []
  const named = MODERN_FORMATS.filter(format => ranges.has(`image/${format}`))
  const standard: Format[] = hasAlpha ? ['png', 'jpeg'] : ['jpeg', 'png']
  let best: { format: Format; weight: number } | undefined
  for (const format of [...animated, ...named, ...standard, ...MODERN_FORMATS]) {
    const weight = ranges.get(`image/${format}`) ?? ranges.get('image/*') ?? ranges.get('*/*') ?? 0
    if (weight > (best?.weight ?? 0)) best = { format, weight }
  }
  return best?.format ?? [...animated, ...standard][0] ?? 'jpeg'
}

/** Returns the weight of each media range in an Accept header, 0 to 1; parameters other than the weight are ignored. */
function rangesOf(accept: string): Map<string, number> {
  const ranges = new Map<string, number>()
  for (const item of accept.toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map(part => part.trim())
    const weight = parameters.find(parameter => parameter.startsWith('q='))
    const value = weight === undefined ? 1 : Number(weight.slice(2)) || 0
    ranges.set(name, Math.max(ranges.get(name) ?? 0, Math.min(1, value)))
  }
  return ranges
}
