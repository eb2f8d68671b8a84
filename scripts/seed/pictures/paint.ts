import sharp, { type Sharp } from 'sharp'
import { bytesOf, type Colour, css } from './colour.ts'

/** Width and height in pixels. */
export interface Size {
  width: number
  height: number
}

/** Paints a picture; the same random numbers give the same picture. */
export type Paint = (random: () => number, size: Size) => Sharp

/** Paints what SVG elements describe, on a ground. */
export function paintSvg({ width, height }: Size, ground: Colour, elements: string[]): Sharp {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">`
  const paper = `<rect width="100%" height="100%" fill="${css(ground)}"/>`
  return sharp(Buffer.from(`${head}${paper}${elements.join('')}</svg>`)).flatten()
}

/** Paints a smooth picture of the colours at places (0 to 1), a few of which are computed. */
export function paintSmooth(size: Size, step: number, colourAt: (x: number, y: number) => Colour): Sharp {
  const [width, height] = [Math.ceil(size.width / step), Math.ceil(size.height / step)]
  const pixels = Buffer.alloc(width * height * 3)
  for (let i = 0; i < width * height; i++) {
    pixels.set(bytesOf(colourAt((i % width) / width, Math.floor(i / width) / height)), i * 3)
  }
  const picture = sharp(pixels, { raw: { width, height, channels: 3 } })
  return step === 1 ? picture : picture.resize(size.width, size.height, { fit: 'fill', kernel: 'cubic' })
}
