import { between } from '../../choose.ts'
import { mix } from '../colour.ts'
import { noiseFrom } from '../noise.ts'
import { type Paint, paintSvg, type Size } from '../paint.ts'
import type { Light } from '../palettes.ts'
import { band, disc, glow, ground, type Point, pathOf, verticalGradient } from '../svg.ts'

const DUNES = 6
const STEP = 8

/** Returns what paints dunes, each with a lit and a shaded side. */
export function dunes({ sky, sun, haze, near }: Light): Paint {
  return (random, size) => {
    const { width, height } = size
    const place: Point = [width * between(0.2, 0.8, random), height * between(0.14, 0.26, random)]
    const rows = Array.from({ length: DUNES }, (_, i) => {
      const depth = (i + 1) / DUNES
      const lit = mix(mix(haze, sun, 0.35), near, 0.1 + 0.3 * depth)
      const shade = mix(haze, near, 0.3 + 0.6 * depth)
      const crest = crestOf(depth, random, size)
      return (
        verticalGradient(`lit${i}`, [lit, mix(lit, shade, 0.35)]) +
        verticalGradient(`shade${i}`, [shade, mix(shade, lit, 0.75)]) +
        ground(crest, size, `url(#lit${i})`) +
        `<path d="${pathOf(shadow(crest, size, depth))}Z" fill="url(#shade${i})"/>`
      )
    })
    return paintSvg(size, haze, [
      band('sky', size, [0, height * 0.6], sky),
      glow('glow', place, Math.max(width, height) * 0.4, sun, 0.7),
      disc(place, Math.min(width, height) * 0.05, sun),
      ...rows,
    ])
  }
}

/** Returns the line of a crest. */
function crestOf(depth: number, random: () => number, { width, height }: Size): Point[] {
  const noise = noiseFrom(random)
  const scale = 3.2 - 1.3 * depth
  const points: Point[] = []
  for (let x = -STEP * 2; x <= width + STEP * 8; x += STEP) {
    // Sharp where the slopes of two winds meet.
    const rise = 1 - Math.abs(2 * noise((x / width) * scale + 7, depth * 7) - 1)
    points.push([x, height * (0.42 + 0.46 * depth) - Math.min(height, width) * (0.1 + 0.16 * depth) * rise ** 1.5])
  }
  return points
}

/** Returns the shaded side of a crest: broad below its tops, narrow in its hollows. */
function shadow(crest: Point[], { width, height }: Size, depth: number): Point[] {
  const lowest = Math.max(...crest.map(([, y]) => y))
  const lower = crest.map(([x, y]): Point => {
    const rise = (lowest - y) / Math.min(width, height)
    return [x + width * rise * 0.5, y + (lowest - y) * 0.82 + height * 0.012 * depth]
  })
  return [...crest, ...lower.reverse()]
}
