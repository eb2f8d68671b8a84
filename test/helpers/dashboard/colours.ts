/** A colour as linear sRGB, from 0 to 1. */
export type Colour = [red: number, green: number, blue: number]

const OKLCH = /^oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)$/

/** Matrices of Machado, Oliveira and Fernandes (2009) for readers who do not see red or green, for linear sRGB. */
export const DEFICIENCIES = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
}

/** Returns a colour that is written as oklch(), as a screen shows it. */
export function parsed(text: string): Colour {
  const [, lightness, chroma, hue] = OKLCH.exec(text)?.map(Number) ?? []
  if (lightness === undefined || chroma === undefined || hue === undefined) throw new Error(`no colour: ${text}`)
  const angle = (hue * Math.PI) / 180
  const [L, a, b] = [lightness / 100, chroma * Math.cos(angle), chroma * Math.sin(angle)]
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3
  return shown([
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ])
}

/** Returns a colour as somebody with a deficiency sees it. */
export function seenWith(deficiency: keyof typeof DEFICIENCIES, colour: Colour): Colour {
  return shown(DEFICIENCIES[deficiency].map(row => row.reduce((sum, weight, i) => sum + weight * (colour[i] ?? 0), 0)))
}

/** Returns the contrast of two colours as WCAG 2 defines it, from 1 to 21. */
export function contrast(a: Colour, b: Colour): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

/** Returns the distance of two colours in OKLab. */
export function distance(a: Colour, b: Colour): number {
  const [first, second] = [oklab(a), oklab(b)]
  return Math.hypot(...first.map((value, i) => value - (second[i] ?? 0)))
}

function luminance([red, green, blue]: Colour): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function oklab([red, green, blue]: Colour): number[] {
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

function shown([red = 0, green = 0, blue = 0]: number[]): Colour {
  const within = (part: number) => Math.min(1, Math.max(0, part))
  return [within(red), within(green), within(blue)]
}
