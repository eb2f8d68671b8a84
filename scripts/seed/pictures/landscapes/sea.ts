import { between } from '../../choose.ts'
import { type Colour, css, mix } from '../colour.ts'
import { type Paint, paintSvg, type Size } from '../paint.ts'
import type { Light } from '../palettes.ts'
import { band, disc, glow, type Point } from '../svg.ts'

const GLINTS = 520
const SWELLS = 300
const CLOUDS = 16

/** Returns what paints a calm sea that reflects a low sun. */
export function sea({ sky, sun, haze, near }: Light): Paint {
  return (random, size) => {
    const { width, height } = size
    const horizon = height * between(0.48, 0.6, random)
    const radius = Math.min(width, height) * between(0.06, 0.1, random)
    const place: Point = [width * between(0.3, 0.7, random), horizon - radius * between(0.1, 2.2, random)]
    const shore = sky.at(-1) ?? haze
    return paintSvg(size, near, [
      band('sky', size, [0, horizon], sky),
      ...clouds(horizon, [mix(sky[1] ?? haze, near, 0.15), sun], random, size),
      glow('glow', place, Math.max(width, height) * 0.5, sun, 0.75),
      disc(place, radius, sun),
      band('sea', size, [horizon, height], [mix(shore, near, 0.3), mix(haze, near, 0.55), mix(haze, near, 0.9)]),
      ...swells(horizon, mix(near, haze, 0.25), random, size),
      ...glints(horizon, place[0], radius, sun, random, size),
    ])
  }
}

/** Returns flat clouds, thinner towards the horizon. */
function clouds(horizon: number, [dark, light]: [Colour, Colour], random: () => number, { width }: Size): string[] {
  return Array.from({ length: CLOUDS }, () => {
    const y = horizon * between(0.08, 0.9, random)
    const thin = 1.15 - y / horizon
    const colour = mix(dark, light, 0.25 + 0.5 * random())
    return stroke(
      [width * random(), y],
      [width * between(0.09, 0.28, random), Math.min(width, horizon) * 0.011 * thin],
      colour,
      0.22,
    )
  })
}

/** Returns dark waves over the whole sea, longer in front. */
function swells(horizon: number, colour: Colour, random: () => number, { width, height }: Size): string[] {
  return Array.from({ length: SWELLS }, () => {
    const nearness = random() ** 1.5
    const y = horizon + (height - horizon) * nearness
    return stroke([width * random(), y], [width * (0.015 + 0.1 * nearness), 0.8 + 3.2 * nearness], colour, 0.28)
  })
}

/** Returns the reflections below the sun, which spread towards the viewer. */
function glints(horizon: number, x: number, radius: number, colour: Colour, random: () => number, { height }: Size) {
  return Array.from({ length: GLINTS }, () => {
    const nearness = random() ** 1.35
    const y = horizon + 1 + (height - horizon) * nearness
    const spread = radius * (0.75 + 2.1 * nearness)
    const place: Point = [x + spread * (random() + random() + random() - 1.5), y]
    return stroke(
      place,
      [radius * (0.12 + 0.7 * nearness * random()), 0.9 + 2.6 * nearness],
      colour,
      0.75 - 0.35 * nearness,
    )
  })
}

/** Returns a flat ellipse. */
function stroke([x, y]: Point, [rx, ry]: Point, colour: Colour, opacity: number): string {
  const shape = `cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" rx="${rx.toFixed(1)}" ry="${ry.toFixed(1)}"`
  return `<ellipse ${shape} fill="${css(colour)}" fill-opacity="${opacity.toFixed(2)}"/>`
}
