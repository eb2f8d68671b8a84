import { between } from '../../choose.ts'
import { css, lch, mix } from '../colour.ts'
import { fractalFrom } from '../noise.ts'
import { type Paint, paintSvg, type Size } from '../paint.ts'
import type { Light } from '../palettes.ts'
import { band, disc, glow, ground, type Point } from '../svg.ts'
import { firs } from './ridges.ts'

const STARS = 700
const MILKY_WAY = 3000
const HAZE = 420
const HAZE_TINTS = [lch(0.72, 0.1, 300), lch(0.86, 0.07, 60), lch(0.8, 0.05, 250)]

/** Returns what paints stars over a wood; with a moon, or else with the Milky Way. */
export function night({ sky, sun, haze, near }: Light, { moon }: { moon: boolean }): Paint {
  return (random, size) => {
    const { width, height } = size
    const place: Point = [width * between(0.25, 0.75, random), height * between(0.2, 0.34, random)]
    const radius = Math.min(width, height) * 0.075
    const hills = hill(random, size)
    return paintSvg(size, near, [
      band('sky', size, [0, height], sky),
      ...stars(moon ? STARS * 0.6 : STARS, random, size),
      ...(moon
        ? [glow('glow', place, radius * 6, sun, 0.5), disc(place, radius, sun), ...seas(place, radius, sun)]
        : milkyWay(random, size)),
      ground(hills, size, css(mix(haze, near, 0.55))),
      ground(firs(height * 0.97, height * 0.2, random, size), size, css(near)),
    ])
  }
}

/** Returns stars, most of them faint. */
function stars(count: number, random: () => number, { width, height }: Size): string[] {
  return Array.from({ length: count }, () => {
    const bright = random() ** 6
    const colour = lch(0.97, 0.03, random() < 0.5 ? 250 : 80)
    return disc([width * random(), height * random()], 0.8 + 2.6 * bright, colour, 0.3 + 0.7 * random())
  })
}

/** Returns the stars of the Milky Way: a diagonal band with dark gaps, in a haze of light. */
function milkyWay(random: () => number, { width, height }: Size): string[] {
  const gaps = fractalFrom(random, 5)
  const tints = HAZE_TINTS.map(
    (tint, i) =>
      `<radialGradient id="haze${i}"><stop offset="0" stop-color="${css(tint)}"/>` +
      `<stop offset="1" stop-color="${css(tint)}" stop-opacity="0"/></radialGradient>`,
  )
  const haze = Array.from({ length: HAZE }, (_, i) => {
    const [x, y] = placeInBand(random, { width, height }, 0.1)
    const light = gaps((x / height) * 5, (y / height) * 5)
    const radius = width * between(0.04, 0.13, random)
    const opacity = Math.max(0, light * 2.4 - 0.95) * 0.2
    const fill = `fill="url(#haze${i % HAZE_TINTS.length})" fill-opacity="${opacity.toFixed(3)}"`
    return `<circle cx="${x.toFixed(0)}" cy="${y.toFixed(0)}" r="${radius.toFixed(0)}" ${fill}/>`
  })
  const grains = Array.from({ length: MILKY_WAY }, () => {
    const place = placeInBand(random, { width, height }, 0.17)
    const light = gaps((place[0] / height) * 5, (place[1] / height) * 5)
    return disc(place, between(0.5, 1.5, random), lch(0.96, 0.03, 280), Math.max(0.04, light * 2 - 0.75))
  })
  return [...tints, ...haze, ...grains]
}

/** Returns a place near the diagonal, most likely in its middle. */
function placeInBand(random: () => number, { width, height }: Size, spread: number): Point {
  const t = random()
  const across = (random() + random() + random() + random() - 2) * height * spread
  return [width * (0.1 + 0.8 * t) + across * 0.85, height * (1.05 - 1.1 * t) + across * 0.5]
}

/** Returns the dark plains of a moon. */
function seas([x, y]: Point, radius: number, moon: Parameters<typeof mix>[0]): string[] {
  const shade = mix(moon, lch(0.6, 0.03, 260), 0.4)
  const spots = [
    [-0.3, -0.25, 0.3],
    [0.25, -0.1, 0.22],
    [-0.1, 0.35, 0.26],
    [0.45, 0.35, 0.12],
  ] as const
  return spots.map(([dx, dy, r]) => disc([x + dx * radius, y + dy * radius], r * radius, shade, 0.45))
}

function hill(random: () => number, { width, height }: Size): Point[] {
  const noise = fractalFrom(random, 6)
  return Array.from({ length: Math.ceil(width / 4) + 2 }, (_, i): Point => {
    return [i * 4, height * (0.92 - 0.3 * noise(((i * 4) / height) * 1.5, 3))]
  })
}
