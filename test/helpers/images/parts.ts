import { crc32 } from 'node:zlib'

/** A chunk of a PNG, with its length and CRC. */
export function pngChunk(type: string, data: Buffer | string): Buffer {
  const body = Buffer.concat([Buffer.from(type), Buffer.from(data as string)])
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(body.length - 4)
  crc.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, crc])
}

/** Adds chunks to a PNG, in front of its pixels or behind them. */
export function withChunks(png: Buffer, chunks: Buffer[], place: 'IDAT' | 'IEND' = 'IDAT'): Buffer {
  const at = png.indexOf(place) - 4
  return Buffer.concat([png.subarray(0, at), ...chunks, png.subarray(at)])
}

/** A segment of a JPEG, with its marker and length. */
export function jpegSegment(marker: number, data: Buffer | string): Buffer {
  const content = Buffer.from(data as string)
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(2 + content.length, 2)
  return Buffer.concat([head, content])
}

/** Adds segments to a JPEG, behind its first marker. */
export function withSegments(jpeg: Buffer, ...segments: Buffer[]): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)])
}

/** A box of the ISO base media file format. */
export function box(type: string, ...content: (Buffer | string)[]): Buffer {
  const bytes = Buffer.concat([Buffer.from(`size${type}`), ...content.map(part => Buffer.from(part as string))])
  bytes.writeUInt32BE(bytes.length)
  return bytes
}

/** Big-endian numbers of two bytes each. */
export function shorts(...values: number[]): Buffer {
  return Buffer.from(values.flatMap(value => [value >> 8, value & 0xff]))
}

/** An entry of a TIFF directory: tag, type, count, and the value or its offset, in four bytes. */
export type TiffEntry = [tag: number, type: number, count: number, value: number | Buffer]

/** A directory of a big-endian TIFF structure. @param next offset of the directory after it */
export function tiffDirectory(entries: TiffEntry[], next = 0): Buffer {
  const bytes = Buffer.alloc(2 + entries.length * 12 + 4)
  bytes.writeUInt16BE(entries.length)
  for (const [i, [tag, type, count, value]] of entries.entries()) {
    const at = 2 + i * 12
    bytes.writeUInt16BE(tag, at)
    bytes.writeUInt16BE(type, at + 2)
    bytes.writeUInt32BE(count, at + 4)
    if (typeof value === 'number') bytes.writeUInt32BE(value, at + 8)
    else value.copy(bytes, at + 8)
  }
  bytes.writeUInt32BE(next, bytes.length - 4)
  return bytes
}

/** A big-endian TIFF structure whose first directory is at offset 8. */
export function tiff(...parts: Buffer[]): Buffer {
  return Buffer.concat([Buffer.from('MM\0*\0\0\0\u0008', 'latin1'), ...parts])
}
