import { between, choose } from '../../choose.ts'
import { type Colour, css } from '../colour.ts'
import { type Paint, paintSvg } from '../paint.ts'
import type { Palette } from '../palettes.ts'
import { disc } from '../svg.ts'

const BANDS = 5

/** Returns what paints a quiet composition: a rainbow of broad arches below a disc. */
export function arches({ ground, ink, colours }: Palette): Paint {
  return (random, size) => {
    const { width, height } = size
    const base = height * 0.84
    const radius = Math.min(width * 0.4, height * 0.48)
    const x = width * between(0.44, 0.56, random)
    const first = Math.floor(random() * colours.length)
    const bands = Array.from({ length: BANDS }, (_, i) => {
      const outer = radius * (1 - i / BANDS)
      return arch(x, base, outer, i % 2 ? ground : (colours[(first + i) % colours.length] as Colour))
    })
    const sun = choose(colours.slice(0, 3), random)
    const side = random() < 0.5 ? -1 : 1
    return paintSvg(size, ground, [
      disc([x + side * radius * 0.8, base - radius - height * 0.2], radius * 0.22, sun),
      ...bands,
      `<rect x="${x - radius * 1.12}" y="${base}" width="${radius * 2.24}" height="${height * 0.008}" fill="${css(ink)}"/>`,
    ])
  }
}

function arch(x: number, base: number, radius: number, fill: Colour): string {
  const top = base - radius * 0.45
  return `<path d="M${x - radius} ${base}V${top}A${radius} ${radius} 0 0 1 ${x + radius} ${top}V${base}Z" fill="${css(fill)}"/>`
}
