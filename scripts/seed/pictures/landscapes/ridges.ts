import { between } from '../../choose.ts'
import { mix } from '../colour.ts'
import { fractalFrom, noiseFrom } from '../noise.ts'
import { type Paint, paintSvg, type Size } from '../paint.ts'
import type { Light } from '../palettes.ts'
import { band, disc, glow, ground, type Point, verticalGradient } from '../svg.ts'

const LAYERS = 7
const STEP = 3

/** Returns what paints mountain ridges that grow paler with distance, below a low sun. */
export function ridges({ sky, sun, haze, near }: Light): Paint {
  return (random, size) => {
    const { width, height } = size
    const place: Point = [width * between(0.25, 0.75, random), height * between(0.16, 0.25, random)]
    const layers = Array.from({ length: LAYERS }, (_, i) => {
      const depth = i / (LAYERS - 1)
      const colour = mix(haze, near, depth ** 1.15)
      const fill = verticalGradient(`layer${i}`, [colour, mix(colour, haze, 0.55 - 0.45 * depth)])
      return fill + ground(outline(depth, random, size), size, `url(#layer${i})`)
    })
    return paintSvg(size, haze, [
      band('sky', size, [0, height * 0.7], sky),
      glow('glow', place, Math.max(width, height) * 0.45, sun, 0.8),
      disc(place, Math.min(width, height) * 0.055, sun),
      ...layers,
    ])
  }
}

/** Returns the outline of a ridge: the nearer, the lower and the rougher. */
function outline(depth: number, random: () => number, { width, height }: Size): Point[] {
  const noise = fractalFrom(random, 7, 0.46)
  const peaks = noiseFrom(random)
  const scale = 1.5 + 2 * depth
  const base = height * (0.38 + 0.5 * depth)
  const relief = height * (0.34 - 0.12 * depth)
  const points: Point[] = []
  for (let x = 0; x <= width + STEP; x += STEP) {
    const place = (x / height) * scale
    // Sharp where two slopes meet.
    const peak = 1 - Math.abs(2 * peaks(place * 0.8, depth * 9) - 1)
    points.push([x, base - relief * (0.55 * noise(place, depth * 9) + 0.6 * peak ** 1.3 - 0.4)])
  }
  return points
}

/** Returns the outline of a wood of firs along a line, for the foreground of landscapes. */
export function firs(base: number, tall: number, random: () => number, { width }: Size): Point[] {
  const points: Point[] = []
  for (let x = -tall; x < width + tall; ) {
    const high = tall * between(0.45, 1, random)
    const half = high * 0.2
    for (let i = 0; i <= 6; i++) points.push([x + (half * i) / 6, base - (high * i) / 6 + (i % 2) * high * 0.06])
    for (let i = 5; i >= 0; i--)
      points.push([x + 2 * half - (half * i) / 6, base - (high * i) / 6 + (i % 2) * high * 0.06])
    x += half * between(0.7, 1.7, random)
  }
  return points
}
