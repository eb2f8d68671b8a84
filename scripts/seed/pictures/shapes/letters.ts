import { type Colour, css } from '../colour.ts'
import { type Paint, paintSvg } from '../paint.ts'
import type { Palette } from '../palettes.ts'

/** Letters as lines in a box of width 2 and height 3: a bare machine has no fonts. */
const LETTERS: Record<string, string> = {
  A: 'M0 3V1A1 1 0 0 1 2 1V3M0 2H2',
  C: 'M2 .8A1 1 0 0 0 0 1V2A1 1 0 0 0 2 2.2',
  D: 'M0 0H.7A1.3 1.3 0 0 1 2 1.3V1.7A1.3 1.3 0 0 1 .7 3H0Z',
  E: 'M2 0H0V3H2M0 1.5H1.6',
  H: 'M0 0V3M2 0V3M0 1.5H2',
  I: 'M1 0V3',
  K: 'M0 0V3M2 0L0 1.7M.7 1.2L2 3',
  L: 'M0 0V3H2',
  M: 'M0 3V0L1 1.4L2 0V3',
  N: 'M0 3V0L2 3V0',
  O: 'M0 1A1 1 0 0 1 2 1V2A1 1 0 0 1 0 2Z',
  R: 'M0 3V0H1.2A.8 .8 0 0 1 1.2 1.6H0M1 1.6L2 3',
  S: 'M2 .7A.8 .7 0 0 0 1.2 0H.8A.75 .75 0 0 0 .8 1.5H1.2A.75 .75 0 0 1 1.2 3H.8A.8 .7 0 0 1 0 2.3',
  T: 'M0 0H2M1 0V3',
  U: 'M0 0V2A1 1 0 0 0 2 2V0',
  W: 'M0 0L.5 3L1 1.2L1.5 3L2 0',
  Y: 'M0 0L1 1.5L2 0M1 1.5V3',
}

/** Returns what paints words in large letters, a line each, as a poster. */
export function letters({ ground, ink, colours }: Palette, { words }: { words: string[] }): Paint {
  return (random, size) => {
    const { width, height } = size
    const margin = Math.min(width, height) * 0.09
    const longest = Math.max(...words.map(word => word.length))
    const high = (height - 2 * margin) / words.length
    const stroke = Math.min(high * 0.17, ((width - 2 * margin) / longest) * 0.22)
    const lines = words.map((word, row) => {
      const wide = (width - 2 * margin) / word.length
      return Array.from(word, (letter, column) => {
        const place = `translate(${margin + wide * column + stroke * 0.8} ${margin + high * row + stroke * 0.8})`
        const scale = `scale(${(wide - stroke * 1.6) / 2} ${(high - stroke * 1.6) / 3})`
        const colour = (row + column) % 3 === 1 ? (colours[Math.floor(random() * 3)] as Colour) : ink
        const path = `<path d="${LETTERS[letter]}" stroke="${css(colour)}" vector-effect="non-scaling-stroke"/>`
        return `<g transform="${place} ${scale}">${path}</g>`
      }).join('')
    })
    return paintSvg(size, ground, [
      `<g fill="none" stroke-linejoin="round" stroke-width="${stroke}">${lines.join('')}</g>`,
    ])
  }
}
