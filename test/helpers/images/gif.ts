/** What a decoder does with a frame before it draws the next one (GIF89a, 23). */
const DISPOSALS = { keep: 1, clear: 2, restore: 3 } as const

/** A frame that covers a part of the canvas. */
export interface GifFrame {
  left?: number
  top?: number
  width: number
  height: number
  /** In ms. */
  delay: number
  disposal?: keyof typeof DISPOSALS
  /** Returns the colour of a pixel as its index in the palette; `transparent` has none. */
  colourAt: (x: number, y: number) => number
}

/** The index of the palette that is transparent. */
export const transparent = 3

interface Animation {
  width: number
  height: number
  /** Three colours in RGB. */
  palette: [number[], number[], number[]]
  /** How often it is played; 0 is for ever. */
  loop: number
  frames: GifFrame[]
}

/** An animated GIF of a palette of three colours. */
export function animatedGif({ width, height, palette, loop, frames }: Animation): Buffer {
  const screen = Buffer.from([...le16(width), ...le16(height), 0x81, 0, 0])
  // The extension counts the repetitions.
  const repeat =
    loop === 1 ? [] : [0x21, 0xff, 11, ...Buffer.from('NETSCAPE2.0'), 3, 1, ...le16(Math.max(0, loop - 1)), 0]
  const colours = [...palette.flat(), 0, 0, 0]
  const head = Buffer.concat([Buffer.from('GIF89a'), screen, Buffer.from(colours), Buffer.from(repeat)])
  return Buffer.concat([head, ...frames.map(blocksOf), Buffer.from([0x3b])])
}

function blocksOf({ left = 0, top = 0, width, height, delay, disposal = 'keep', colourAt }: GifFrame): Buffer {
  const descriptor = [0x2c, ...le16(left), ...le16(top), ...le16(width), ...le16(height), 0]
  const indices = Array.from({ length: width * height }, (_, i) => colourAt(i % width, Math.floor(i / width)))
  // Without a transparent colour the decoder clears a frame to the background colour, not to transparency.
  const hasTransparency = disposal === 'clear' || indices.includes(transparent)
  const flags = (DISPOSALS[disposal] << 2) | (hasTransparency ? 1 : 0)
  const control = [0x21, 0xf9, 4, flags, ...le16(delay / 10), transparent, 0]
  return Buffer.concat([Buffer.from([...control, ...descriptor]), uncompressed(indices)])
}

/** Writes pixels as LZW codes of a byte each: the table is cleared before its codes would become longer. */
function uncompressed(indices: number[]): Buffer {
  const [clear, end, most] = [0x80, 0x81, 100]
  const blocks: number[] = [7]
  for (let at = 0; at < indices.length; at += most) {
    const codes = [clear, ...indices.slice(at, at + most), ...(at + most >= indices.length ? [end] : [])]
    blocks.push(codes.length, ...codes)
  }
  return Buffer.from([...blocks, 0])
}

function le16(value: number): [number, number] {
  return [value & 0xff, value >> 8]
}
