import { between, choose } from '../../choose.ts'
import { type Paint, paintSvg } from '../paint.ts'
import type { Palette } from '../palettes.ts'
import { disc, line, type Point } from '../svg.ts'
import { leaf } from './branches.ts'

const POINTS = 30

/** Returns what paints flowers and ferns on bending stems, as a herbarium shows them. */
export function stems({ ground, ink, colours }: Palette, { count }: { count: number }): Paint {
  return (random, size) => {
    const { width, height } = size
    const unit = Math.min(height, width * 1.2)
    const elements = Array.from({ length: count }, (_, i) => {
      const foot: Point = [width * ((i + 0.5) / count) * 0.6 + width * 0.2, height * 0.95]
      const stem = stemOf(
        foot,
        height * between(0.48, 0.8, random),
        (i / Math.max(count - 1, 1) - 0.5) * width * 0.28,
        random,
      )
      const head = stem.at(-1) as Point
      const isFern = i % 2 === 1
      return [
        line(stem, ink, unit * 0.0045),
        ...leavesOf(stem, isFern ? 3 : 7, unit * (isFern ? 0.085 : 0.11), random() < 0.5 ? ink : (colours[0] ?? ink)),
        ...(isFern ? [] : flower(head, unit * between(0.09, 0.15, random), { ground, ink, colours }, random)),
      ]
    })
    return paintSvg(size, ground, elements.flat())
  }
}

function stemOf([x, y]: Point, high: number, lean: number, random: () => number): Point[] {
  const sway = between(-0.05, 0.05, random) * high
  return Array.from({ length: POINTS }, (_, i): Point => {
    const t = i / (POINTS - 1)
    return [x + lean * t * t + sway * Math.sin(t * Math.PI * 1.5), y - high * t]
  })
}

/** Returns leaves on both sides of a stem, smaller towards its tip. */
function leavesOf(stem: Point[], every: number, length: number, colour: Parameters<typeof leaf>[3]): string[] {
  return stem.flatMap((point, i) => {
    if (i < 4 || i % every !== 0) return []
    const long = length * (1.1 - i / POINTS)
    return [-1, 1].map(side => leaf(point, -Math.PI / 2 + side * 0.95, long, colour))
  })
}

/** Returns a flower: two rings of petals around a centre. */
function flower(at: Point, radius: number, { ink, colours }: Palette, random: () => number): string[] {
  const petal = choose(colours.slice(2), random)
  const count = choose([7, 9, 12], random)
  const ring = (scale: number, shift: number) =>
    Array.from({ length: count }, (_, i) => leaf(at, ((i + shift) / count) * 2 * Math.PI, radius * scale, petal))
  return [...ring(1.15, 0), ...ring(0.8, 0.5), disc(at, radius * 0.24, colours[3] ?? ink), disc(at, radius * 0.12, ink)]
}
