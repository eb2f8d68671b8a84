import { along } from '../colour.ts'
import { type Paint, paintSvg } from '../paint.ts'
import type { Palette } from '../palettes.ts'
import { disc } from '../svg.ts'

const FLORETS = 620
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5))

/** Returns what paints dots in the spirals of a sunflower (phyllotaxis). */
export function florets({ ground, colours }: Palette): Paint {
  return (random, size) => {
    const { width, height } = size
    const reach = Math.min(width, height) * 0.45
    const turn = random() * 2 * Math.PI
    const elements = Array.from({ length: FLORETS }, (_, i) => {
      const share = Math.sqrt((i + 0.5) / FLORETS)
      const angle = i * GOLDEN_ANGLE + turn
      const place = [width / 2 + reach * share * Math.cos(angle), height / 2 + reach * share * Math.sin(angle)] as const
      return disc(place, reach * (0.008 + 0.026 * share), along(colours, share))
    })
    return paintSvg(size, ground, elements)
  }
}
