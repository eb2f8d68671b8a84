import { between, choose } from '../../choose.ts'
import { noiseFrom } from '../noise.ts'
import { type Paint, paintSvg } from '../paint.ts'
import type { Palette } from '../palettes.ts'
import { line, type Point } from '../svg.ts'

const LINES = 1400
const STEPS = 38

/** Returns what paints lines that follow a field of directions. */
export function flow({ ground, ink, colours }: Palette): Paint {
  return (random, size) => {
    const { width, height } = size
    const long = Math.max(width, height)
    const field = noiseFrom(random)
    const [step, turn] = [long * 0.0075, between(0, Math.PI, random)]
    const elements = Array.from({ length: LINES }, () => {
      let [x, y] = [width * between(-0.1, 1.1, random), height * between(-0.1, 1.1, random)]
      const points: Point[] = [[x, y]]
      for (let i = 0; i < STEPS; i++) {
        const angle = turn + 5 * field((x / long) * 2.4 + 9, (y / long) * 2.4 + 9)
        x += step * Math.cos(angle)
        y += step * Math.sin(angle)
        points.push([x, y])
      }
      return line(points, random() < 0.07 ? ink : choose(colours, random), long * between(0.0012, 0.0055, random))
    })
    return paintSvg(size, ground, elements)
  }
}
