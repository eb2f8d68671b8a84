import { choose } from '../../choose.ts'
import { css, lch, mix } from '../colour.ts'
import { type Paint, paintSvg, type Size } from '../paint.ts'
import type { Palette } from '../palettes.ts'
import { type Point, pathOf } from '../svg.ts'

const PANES = 130
const RELAXATIONS = 2

/** Returns what paints a window of stained glass: Voronoi cells in lead, brightest at one place. */
export function glass({ ink, colours }: Palette): Paint {
  return (random, size) => {
    const { width, height } = size
    const panes = panesOf(random, size)
    const lamp: Point = [width * (0.3 + 0.4 * random()), height * (0.3 + 0.4 * random())]
    const lead = Math.max(width, height) * 0.006
    const elements = panes.map(pane => {
      const [x, y] = centreOf(pane)
      const far = Math.hypot(x - lamp[0], y - lamp[1]) / Math.hypot(width, height)
      const colour = mix(
        mix(choose(colours, random), lch(0.97, 0.05, 95), 0.32 * random()),
        ink,
        Math.min(0.6, far * 0.8),
      )
      return `<path d="${pathOf(pane)}Z" fill="${css(colour)}"/>`
    })
    return paintSvg(size, ink, [
      `<g stroke="${css(ink)}" stroke-width="${lead}" stroke-linejoin="round">${elements.join('')}</g>`,
    ])
  }
}

/** Returns Voronoi cells of points that were moved to the centres of their cells, so that the cells are of similar size. */
function panesOf(random: () => number, { width, height }: Size): Point[][] {
  let sites = Array.from({ length: PANES }, (): Point => [width * random(), height * random()])
  const frame: Point[] = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ]
  for (let i = 0; i < RELAXATIONS; i++) sites = sites.map(site => centreOf(cellOf(site, sites, frame)))
  return sites.map(site => cellOf(site, sites, frame))
}

/** Returns the part of the frame that is nearer to a site than to any other. */
function cellOf(site: Point, sites: Point[], frame: Point[]): Point[] {
  return sites.reduce((cell, other) => (other === site ? cell : nearerPart(cell, site, other)), frame)
}

/** Cuts off the part of a polygon that is nearer to another site. */
function nearerPart(polygon: Point[], [x, y]: Point, [otherX, otherY]: Point): Point[] {
  const side = ([px, py]: Point) => (px - (x + otherX) / 2) * (otherX - x) + (py - (y + otherY) / 2) * (otherY - y)
  return polygon.flatMap((point, i) => {
    const next = polygon[(i + 1) % polygon.length] as Point
    const [a, b] = [side(point), side(next)]
    const kept = a <= 0 ? [point] : []
    if (a <= 0 === b <= 0) return kept
    const t = a / (a - b)
    return [...kept, [point[0] + (next[0] - point[0]) * t, point[1] + (next[1] - point[1]) * t] as Point]
  })
}

function centreOf(polygon: Point[]): Point {
  const mean = (i: 0 | 1) => polygon.reduce((sum, point) => sum + point[i], 0) / polygon.length
  return [mean(0), mean(1)]
}
