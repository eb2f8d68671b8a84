import { along, css, lch, mix } from '../colour.ts'
import { fractalFrom } from '../noise.ts'
import { type Paint, paintSmooth } from '../paint.ts'
import type { Light } from '../palettes.ts'
import { disc, ground } from '../svg.ts'
import { firs } from './ridges.ts'

const STARS = 260

/** Returns what paints northern lights over a wood. */
export function aurora({ sky, sun, near }: Light): Paint {
  return (random, size) => {
    const { width, height } = size
    const [bend, rays] = [fractalFrom(random, 3), fractalFrom(random, 4, 0.6)]
    const violet = lch(0.6, 0.19, 315)
    const curtain = (x: number, y: number, row: number) => {
      const foot = 0.34 + 0.2 * row + 0.34 * (bend(x * 2.6, row * 5) - 0.5)
      const above = foot - y
      if (above < 0) return Math.exp(-((above / 0.018) ** 2))
      return Math.exp(-above / (0.1 + 0.14 * rays(x * 26 + 3 * bend(x * 4, 9), row)))
    }
    const lights = paintSmooth(size, 3, (x, y) => {
      const rows = [0, 1].map(row => curtain(x, y, row) * (0.25 + 0.9 * rays(x * 34, row + y * 0.4)))
      const light = Math.min(1, (rows[0] ?? 0) * 0.8 + (rows[1] ?? 0))
      return mix(along(sky, y), mix(violet, sun, Math.min(1, light * 1.7)), light * 0.85)
    })
    const stars = Array.from({ length: STARS }, () =>
      disc([width * random(), height * 0.8 * random()], 0.7 + random() ** 4 * 1.8, lch(0.97, 0.02, 220), 0.5),
    )
    const wood = ground(firs(height * 0.97, height * 0.16, random, size), size, css(near))
    const front = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${stars.join('')}${wood}</svg>`
    return lights.composite([{ input: Buffer.from(front) }])
  }
}
