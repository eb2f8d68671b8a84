import { between } from '../../choose.ts'
import { type Colour, mix } from '../colour.ts'
import { type Paint, paintSmooth } from '../paint.ts'
import type { Palette } from '../palettes.ts'

const STEP = 4

/** Returns what paints soft lights that flow into one another. */
export function veils({ ground, colours }: Palette): Paint {
  return (random, size) => {
    const ratio = size.width / size.height
    const lights = colours.map(colour => ({
      colour,
      x: random(),
      y: random(),
      reach: between(0.22, 0.48, random),
    }))
    return paintSmooth(size, STEP, (x, y) => {
      let result: Colour = ground
      for (const { colour, reach, ...light } of lights) {
        const distance = Math.hypot((x - light.x) * ratio, y - light.y) / reach
        result = mix(result, colour, 0.92 * Math.exp(-distance * distance))
      }
      return result
    })
  }
}
