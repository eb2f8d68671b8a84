import { between } from '../../choose.ts'
import { type Colour, css } from '../colour.ts'
import { type Paint, paintSvg } from '../paint.ts'
import type { Palette } from '../palettes.ts'
import type { Point } from '../svg.ts'

const RINGS = 68

/** Returns what paints two systems of rings that cross. */
export function moire({ ground, colours: [first, second] }: Palette): Paint {
  return (random, size) => {
    const { width, height } = size
    const apart = Math.min(width, height) * between(0.07, 0.14, random)
    const turn = between(0, Math.PI, random)
    const [dx, dy] = [apart * Math.cos(turn), apart * Math.sin(turn)]
    const centre: Point = [width / 2, height / 2]
    const distance = Math.hypot(width, height) / 2 / RINGS
    return paintSvg(size, ground, [
      rings([centre[0] - dx, centre[1] - dy], distance, first as Colour),
      rings([centre[0] + dx, centre[1] + dy], distance, second as Colour),
    ])
  }
}

function rings([x, y]: Point, distance: number, colour: Colour): string {
  const circles = Array.from(
    { length: RINGS * 1.2 },
    (_, i) => `<circle cx="${x}" cy="${y}" r="${(i + 0.5) * distance}"/>`,
  )
  return `<g fill="none" stroke="${css(colour)}" stroke-width="${distance * 0.42}">${circles.join('')}</g>`
}
