import { between } from '../../choose.ts'
import { along, css } from '../colour.ts'
import { fractalFrom } from '../noise.ts'
import { type Paint, paintSvg } from '../paint.ts'
import type { Palette } from '../palettes.ts'
import { type Point, pathOf } from '../svg.ts'

const RINGS = 34
const CORNERS = 160

/** Returns what paints wavering rings around a centre, as a tree grows them. */
export function rings({ ground, ink, colours }: Palette): Paint {
  return (random, size) => {
    const { width, height } = size
    const noise = fractalFrom(random, 3)
    const [x, y] = [width * between(0.38, 0.62, random), height * between(0.38, 0.62, random)]
    const reach = Math.hypot(width, height) * 0.66
    const elements = Array.from({ length: RINGS }, (_, i) => {
      const share = 1 - i / RINGS
      const radius = reach * share
      const points = Array.from({ length: CORNERS }, (_, corner): Point => {
        const angle = (corner / CORNERS) * 2 * Math.PI
        const waver = 0.72 + 0.56 * noise(4 + 1.7 * Math.cos(angle) + share * 0.7, 4 + 1.7 * Math.sin(angle))
        return [x + radius * waver * Math.cos(angle), y + radius * waver * Math.sin(angle)]
      })
      return `<path d="${pathOf(points)}Z" fill="${css(along(colours, (i % 9) / 8))}"/>`
    })
    const stroke = reach / RINGS / 12
    return paintSvg(size, ground, [`<g stroke="${css(ink)}" stroke-width="${stroke}">${elements.join('')}</g>`])
  }
}
