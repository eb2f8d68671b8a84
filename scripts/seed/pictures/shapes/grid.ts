import { between, choose } from '../../choose.ts'
import { css } from '../colour.ts'
import { type Paint, paintSvg } from '../paint.ts'
import type { Palette } from '../palettes.ts'

interface Box {
  x: number
  y: number
  width: number
  height: number
}

const DEPTH = 5
const COLOURED = 0.42

/** Returns what paints rectangles between black bars, some of them coloured, after Piet Mondrian. */
export function grid({ ground, ink, colours }: Palette): Paint {
  return (random, size) => {
    const bar = Math.min(size.width, size.height) * 0.017
    const boxes = split({ x: 0, y: 0, ...size }, DEPTH, Math.min(size.width, size.height) / 5, random)
    const elements = boxes.map(({ x, y, width, height }) => {
      const fill = random() < COLOURED ? choose(colours.slice(0, 4), random) : ground
      return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${css(fill)}"/>`
    })
    return paintSvg(size, ground, [`<g stroke="${css(ink)}" stroke-width="${bar}">${elements.join('')}</g>`])
  }
}

/** Splits a box into smaller ones, across its longer side. */
function split(box: Box, depth: number, least: number, random: () => number): Box[] {
  const { x, y, width, height } = box
  if (depth === 0 || Math.max(width, height) < 2 * least || (depth < DEPTH - 1 && random() < 0.16)) return [box]
  const share = between(0.28, 0.72, random)
  const halves =
    width * between(0.7, 1.3, random) > height
      ? [
          { ...box, width: width * share },
          { ...box, x: x + width * share, width: width * (1 - share) },
        ]
      : [
          { ...box, height: height * share },
          { ...box, y: y + height * share, height: height * (1 - share) },
        ]
  return halves.flatMap(half => split(half, depth - 1, least, random))
}
