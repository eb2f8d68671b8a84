import { createHash, randomBytes } from 'node:crypto'
import sharp from 'sharp'

export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif'

function noisy(width: number, height: number) {
  return sharp(randomBytes(width * height * 3), { raw: { width, height, channels: 3 } })
}

/** Noise can not be made smaller, so nobody need try. */
const options = { jpeg: { quality: 92 }, png: { compressionLevel: 0 }, webp: {}, gif: {}, avif: { effort: 0 } }

/** A picture of noise: as many bytes as its pixels let it have, and no two alike. */
export function noise(width: number, height: number, format: PictureFormat = 'jpeg'): Promise<Buffer> {
  return noisy(width, height).toFormat(format, options[format]).toBuffer()
}

/** Where the blocks of a GIF begin, behind its head and palette. */
export function gifBody(gif: Buffer): number {
  return 13 + 3 * 2 ** (((gif[10] ?? 0) & 7) + 1)
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** As a telephone takes it: held upright, with the place, the camera and the time in its EXIF, and the place in XMP again. */
export function photograph(width: number, height: number, format: PictureFormat = 'jpeg'): Promise<Buffer> {
  return noisy(width, height)
    .withExif({
      IFD0: { Make: 'Glance', Model: 'Glance One', Copyright: 'Ann' },
      IFD2: { DateTimeOriginal: '2026:05:04 10:20:30', OffsetTimeOriginal: '+02:00', MakerNote: 'only we can read it' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '47/1 22/1 3/1', GPSLongitudeRef: 'E', GPSLongitude: '8/1 32/1 5/1' },
    })
    .withXmp(
      '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
        '<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="47,22.05N"/></rdf:RDF></x:xmpmeta>',
    )
    .withMetadata({ orientation: 6 })
    .toFormat(format, options[format])
    .toBuffer()
}

/** The pixels as they are stored. */
export function pixels(bytes: Buffer): Promise<Buffer> {
  return sharp(bytes).raw().toBuffer()
}
