import { along, type Colour, css } from './colour.ts'
import type { Size } from './paint.ts'

export type Point = readonly [x: number, y: number]

const STOPS = 12

/** Returns a path through points, rounded to tenths of a pixel. */
export function pathOf(points: Point[]): string {
  return `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}`
}

/** Returns the definition of a gradient from the top to the bottom. */
export function verticalGradient(id: string, scale: Colour[]): string {
  const stops = Array.from({ length: STOPS }, (_, i) => {
    const at = i / (STOPS - 1)
    return `<stop offset="${at}" stop-color="${css(along(scale, at))}"/>`
  })
  return `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1">${stops.join('')}</linearGradient>`
}

/** Returns a disc of light that fades out. */
export function glow(id: string, [x, y]: Point, radius: number, colour: Colour, strength: number): string {
  const stop = (at: number, share: number) =>
    `<stop offset="${at}" stop-color="${css(colour)}" stop-opacity="${(strength * share).toFixed(3)}"/>`
  const stops = [stop(0, 1), stop(0.25, 0.55), stop(0.55, 0.18), stop(1, 0)].join('')
  return (
    `<radialGradient id="${id}">${stops}</radialGradient>` +
    `<circle cx="${x}" cy="${y}" r="${radius}" fill="url(#${id})"/>`
  )
}

/** Returns a disc. */
export function disc([x, y]: Point, radius: number, fill: Colour, opacity = 1): string {
  const attributes = opacity < 1 ? ` fill-opacity="${opacity.toFixed(2)}"` : ''
  return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radius.toFixed(1)}" fill="${css(fill)}"${attributes}/>`
}

/** Returns a line of a width through points. */
export function line(points: Point[], colour: Colour, width: number): string {
  const stroke = `stroke="${css(colour)}" stroke-width="${width.toFixed(1)}"`
  return `<path d="${pathOf(points)}" fill="none" ${stroke} stroke-linecap="round" stroke-linejoin="round"/>`
}

/** Returns the area from a line down to the bottom of the picture. */
export function ground(outline: Point[], { width, height }: Size, fill: string): string {
  return `<path d="${pathOf([...outline, [width, height], [0, height]])}Z" fill="${fill}"/>`
}

/** Returns a gradient over a rectangle of the whole width. */
export function band(id: string, { width }: Size, [top, bottom]: Point, scale: Colour[]): string {
  const place = `y="${top}" width="${width}" height="${bottom - top}"`
  return `${verticalGradient(id, scale)}<rect ${place} fill="url(#${id})"/>`
}
