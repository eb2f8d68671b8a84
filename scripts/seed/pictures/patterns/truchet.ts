import { along, type Colour, css } from '../colour.ts'
import { type Paint, paintSvg } from '../paint.ts'
import type { Palette } from '../palettes.ts'

/** Returns what paints Truchet tiles: squares with two quarter arcs each, which join to winding bands. */
export function truchet({ ground, ink, colours }: Palette, { tiles }: { tiles: number }): Paint {
  return (random, size) => {
    const { width, height } = size
    const side = Math.max(width, height) / tiles
    const layers: string[][] = [[], [], []]
    for (let y = 0; y < height; y += side) {
      for (let x = 0; x < width; x += side) {
        const path = arcs(x, y, side, random() < 0.5)
        const strokes: [Colour, number][] = [
          [ink, 0.46],
          [along(colours, (x / width + y / height) / 2), 0.34],
          [ground, 0.07],
        ]
        for (const [i, [colour, share]] of strokes.entries()) {
          layers[i]?.push(`<path d="${path}" stroke="${css(colour)}" stroke-width="${(side * share).toFixed(1)}"/>`)
        }
      }
    }
    return paintSvg(size, ground, [`<g fill="none">${layers.flat().join('')}</g>`])
  }
}

/** Returns the arcs of a tile, around two opposite corners. */
function arcs(x: number, y: number, side: number, isTurned: boolean): string {
  const [half, right, bottom] = [side / 2, x + side, y + side]
  const middle = `${x + half} ${y}`
  const arc = (from: string, to: string, sweep: 0 | 1) => `M${from}A${half} ${half} 0 0 ${sweep} ${to}`
  return isTurned
    ? arc(middle, `${x} ${y + half}`, 1) + arc(`${x + half} ${bottom}`, `${right} ${y + half}`, 1)
    : arc(middle, `${right} ${y + half}`, 0) + arc(`${x + half} ${bottom}`, `${x} ${y + half}`, 0)
}
