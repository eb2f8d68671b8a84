import { choose } from '../../choose.ts'
import { type Colour, css } from '../colour.ts'
import { type Paint, paintSvg } from '../paint.ts'
import type { Palette } from '../palettes.ts'

/** A shape in a square of side 1. */
type Shape = (fill: string) => string

const SHAPES: Shape[] = [
  fill => `<path d="M0 0H1A1 1 0 0 1 0 1Z" fill="${fill}"/>`,
  fill => `<path d="M0 0A.5 .5 0 0 0 1 0Z M0 .5A.5 .5 0 0 0 1 .5Z" fill="${fill}"/>`,
  fill => `<circle cx=".5" cy=".5" r=".42" fill="${fill}"/>`,
  fill => `<path d="M0 1L1 1L0 0Z" fill="${fill}"/>`,
  fill => `<path d="M0 .1H1M0 .36H1M0 .62H1M0 .88H1" stroke="${fill}" stroke-width=".13"/>`,
  fill => `<path d="M0 1A1 1 0 0 1 1 0V.34A.66 .66 0 0 0 .34 1Z M.67 1A.33 .33 0 0 1 1 .67V1Z" fill="${fill}"/>`,
  fill => `<path d="M.5 0L1 .5L.5 1L0 .5Z" fill="${fill}"/>`,
  fill => `<path d="M0 0A1 1 0 0 1 1 1A1 1 0 0 1 0 0Z" fill="${fill}"/>`,
]

/** Returns what paints a chequerboard of elementary shapes, as the Bauhaus taught them. */
export function bauhaus({ ground, colours }: Palette, { columns }: { columns: number }): Paint {
  return (random, size) => {
    const side = size.width / columns
    const elements: string[] = []
    for (let y = 0; y < size.height; y += side) {
      for (let x = 0; x < size.width; x += side) elements.push(tile(x, y, side, [ground, ...colours], random))
    }
    return paintSvg(size, ground, elements)
  }
}

/** Returns a tile: a shape on a square of another colour. */
function tile(x: number, y: number, side: number, colours: Colour[], random: () => number): string {
  const back = choose(colours, random)
  const front = choose(
    colours.filter(colour => Math.abs(colour[0] - back[0]) > 0.12),
    random,
  )
  const turn = Math.floor(random() * 4) * 90
  const place = `translate(${x} ${y}) scale(${side}) rotate(${turn} .5 .5)`
  const shape = choose(SHAPES, random)(css(front))
  return `<g transform="${place}"><rect width="1.01" height="1.01" fill="${css(back)}"/>${shape}</g>`
}
