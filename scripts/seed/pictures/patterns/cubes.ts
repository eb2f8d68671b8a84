import { choose } from '../../choose.ts'
import { type Colour, css, mix } from '../colour.ts'
import { noiseFrom } from '../noise.ts'
import { type Paint, paintSvg } from '../paint.ts'
import type { Palette } from '../palettes.ts'
import { type Point, pathOf } from '../svg.ts'

/** Returns what paints columns of cubes in isometric projection, of different heights. */
export function cubes({ ground, ink, colours }: Palette, { columns }: { columns: number }): Paint {
  return (random, size) => {
    const half = size.width / columns / 2
    const noise = noiseFrom(random)
    const elements: string[] = []
    for (let row = -2; row * half * 0.577 < size.height * 1.6; row++) {
      for (let column = -1; column <= columns; column++) {
        const x = (column + (row % 2 ? 0.5 : 0)) * half * 2
        const rise = Math.round(noise(column * 0.45 + 20, row * 0.3 + 20) * 6) * half * 0.8
        elements.push(block([x, row * half * 0.577 - rise], half, size.height, choose(colours, random), [ground, ink]))
      }
    }
    return paintSvg(size, ink, elements)
  }
}

/** Returns a column: a bright top, and two sides that reach down. */
function block([x, y]: Point, half: number, deep: number, colour: Colour, [light, dark]: [Colour, Colour]): string {
  const up = half * 0.577
  const face = (points: Point[], fill: Colour) => `<path d="${pathOf(points)}Z" fill="${css(fill)}"/>`
  return (
    face(
      [
        [x, y],
        [x + half, y - up],
        [x + 2 * half, y],
        [x + half, y + up],
      ],
      mix(colour, light, 0.3),
    ) +
    face(
      [
        [x, y],
        [x + half, y + up],
        [x + half, y + deep],
        [x, y + deep],
      ],
      mix(colour, dark, 0.12),
    ) +
    face(
      [
        [x + half, y + up],
        [x + 2 * half, y],
        [x + 2 * half, y + deep],
        [x + half, y + deep],
      ],
      mix(colour, dark, 0.42),
    )
  )
}
