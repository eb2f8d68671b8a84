import { between, choose } from '../../choose.ts'
import { type Colour, css } from '../colour.ts'
import { type Paint, paintSvg } from '../paint.ts'
import type { Palette } from '../palettes.ts'
import { line, type Point } from '../svg.ts'

const DEPTH = 8

interface Twig {
  from: Point
  angle: number
  length: number
  depth: number
}

/** Returns what paints a tree whose branches fork again and again, with leaves at their ends. */
export function branches({ ground, ink, colours }: Palette): Paint {
  return (random, size) => {
    const { width, height } = size
    const elements: string[] = []
    const leaves = colours.slice(1, 4)
    const trunk = Math.min(height, width * 1.05) * 0.185
    const grow = ({ from, angle, length, depth }: Twig) => {
      const bend = angle + between(-0.12, 0.12, random)
      const to: Point = [from[0] + length * Math.cos(bend), from[1] + length * Math.sin(bend)]
      elements.push(line([from, to], ink, Math.max(1.2, height * 0.0155 * 0.68 ** (DEPTH - depth))))
      if (depth <= 3) elements.push(leaf(to, bend + between(-1.1, 1.1, random), trunk * 0.19, choose(leaves, random)))
      if (depth === 0) return
      for (const side of [-1, 1]) {
        const spread = side * between(0.22, 0.6, random)
        grow({ from: to, angle: bend + spread, length: length * between(0.7, 0.86, random), depth: depth - 1 })
      }
    }
    grow({ from: [width / 2, height * 0.93], angle: -Math.PI / 2, length: trunk, depth: DEPTH })
    return paintSvg(size, ground, elements)
  }
}

/** Returns a leaf that points away from a place. */
export function leaf([x, y]: Point, angle: number, length: number, colour: Colour): string {
  const half = length / 2
  const shape = `M0 0Q${half} ${-half} ${length} 0Q${half} ${half} 0 0Z`
  const place = `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${((angle / Math.PI) * 180).toFixed(0)})`
  return `<path d="${shape}" transform="${place}" fill="${css(colour)}" fill-opacity=".88"/>`
}
