/** A colour in OKLab, in which equal distances look equally large. Source of the numbers: Björn Ottosson, 2020, public domain. */
export type Colour = readonly [lightness: number, a: number, b: number]

/** Returns the colour of a lightness (0 to 1), a chroma (0 to about 0.3) and a hue in degrees. */
export function lch(lightness: number, chroma: number, hue: number): Colour {
  const angle = (hue / 180) * Math.PI
  return [lightness, chroma * Math.cos(angle), chroma * Math.sin(angle)]
}

/** Returns the colour between two colours; `share` is that of the second one, 0 to 1. */
export function mix(one: Colour, other: Colour, share: number): Colour {
  const between = (i: 0 | 1 | 2) => one[i] + (other[i] - one[i]) * share
  return [between(0), between(1), between(2)]
}

/** Returns the colour at a place (0 to 1) of a scale of colours at equal distances. */
export function along(scale: readonly Colour[], place: number): Colour {
  const at = Math.min(Math.max(place, 0), 1) * (scale.length - 1)
  const index = Math.min(Math.floor(at), scale.length - 2)
  return mix(scale[index] as Colour, scale[index + 1] as Colour, at - index)
}

/** Returns the bytes of a colour in sRGB. */
export function bytesOf([lightness, a, b]: Colour): [number, number, number] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    byteOf(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    byteOf(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    byteOf(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]
}

function byteOf(linear: number): number {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055
  return Math.round(Math.min(Math.max(value, 0), 1) * 255)
}

/** Returns a colour as CSS writes it. */
export function css(colour: Colour): string {
  return `#${Buffer.from(bytesOf(colour)).toString('hex')}`
}
