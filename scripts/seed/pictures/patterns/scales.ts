import { choose } from '../../choose.ts'
import { mix } from '../colour.ts'
import { type Paint, paintSvg } from '../paint.ts'
import type { Palette } from '../palettes.ts'
import { disc } from '../svg.ts'

const RINGS = 5

/** Returns what paints overlapping scales of concentric rings, as on Japanese cloth (seigaiha). */
export function scales({ ground, ink, colours }: Palette, { columns }: { columns: number }): Paint {
  return (random, size) => {
    const radius = size.width / columns / 2
    const elements: string[] = []
    for (let row = 0; row * radius * 0.5 < size.height + 2 * radius; row++) {
      for (let column = -1; column <= columns; column++) {
        const x = (column + (row % 2 ? 0.5 : 1)) * radius * 2
        const y = row * radius * 0.5
        const colour = mix(choose(colours, random), ink, 0.12 * random())
        for (let ring = 0; ring < RINGS; ring++) {
          elements.push(disc([x, y], radius * (1 - ring / RINGS), ring % 2 ? ground : colour))
        }
      }
    }
    return paintSvg(size, ground, elements)
  }
}
