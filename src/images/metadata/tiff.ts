import { Directories } from './directories.ts'
import type { Strip } from './window.ts'

const ORIENTATION = 0x0112
const EXIF_IFD = 0x8769
const HEADER_BYTES = 8

/**
 * Tags that `gps` keeps, as ranges: texts, camera, time, exposure and how the pixels are meant (TIFF 6.0; Exif 3.0, 4.6). Any other
 * tag may contain a place, or point to something that does: GPS, XMP, IPTC, Photoshop resources, maker notes, further directories.
 */
const KEPT_TAGS: [first: number, last: number][] = [
  [0x010e, 0x0110], // ImageDescription, Make, Model
  [ORIENTATION, ORIENTATION],
  [0x011a, 0x011b], // XResolution, YResolution
  [0x0128, 0x0128], // ResolutionUnit
  [0x0131, 0x0132], // Software, DateTime
  [0x013b, 0x013b], // Artist
  [0x013e, 0x013f], // WhitePoint, PrimaryChromaticities
  [0x0211, 0x0214], // YCbCrCoefficients to ReferenceBlackWhite
  [0x8298, 0x8298], // Copyright
  [0x829a, 0x829d], // ExposureTime, FNumber
  [EXIF_IFD, EXIF_IFD],
  [0x8822, 0x8822], // ExposureProgram
  [0x8827, 0x8827], // PhotographicSensitivity
  [0x8830, 0x8835], // SensitivityType to ISOSpeedLatitudezzz
  [0x9000, 0x9000], // ExifVersion
  [0x9003, 0x9012], // DateTimeOriginal to OffsetTimeDigitized
  [0x9101, 0x9102], // ComponentsConfiguration, CompressedBitsPerPixel
  [0x9201, 0x920a], // ShutterSpeedValue to FocalLength
  [0x9214, 0x9214], // SubjectArea
  [0x9286, 0x9286], // UserComment
  [0x9290, 0x9292], // SubSecTime
  [0x9c9b, 0x9c9d], // XPTitle, XPComment, XPAuthor
  [0xa000, 0xa003], // FlashpixVersion, ColorSpace, PixelXDimension, PixelYDimension
  [0xa20e, 0xa217], // FocalPlaneXResolution to SensingMethod
  [0xa300, 0xa302], // FileSource, SceneType, CFAPattern
  [0xa401, 0xa40a], // CustomRendered to Sharpness
  [0xa40c, 0xa40c], // SubjectDistanceRange
  [0xa420, 0xa420], // ImageUniqueID
  [0xa430, 0xa43c], // CameraOwnerName to MetadataEditingSoftware
  [0xa460, 0xa461], // CompositeImage
  [0xa500, 0xa500], // Gamma
]

/**
 * Strips an EXIF block. With `gps` the entries that can not contain a place stay where they are, and all other bytes become zeros,
 * thumbnails among them; with `all`, and for a block that can not be parsed, only the orientation remains.
 * @returns an empty block if nothing remains
 */
export function strippedExif(block: Buffer, strip: Strip): Buffer {
  try {
    if (strip === 'gps') return new ExifFilter(block).run()
  } catch {
    // Its entries can not be told from one another: the orientation may still be readable.
  }
  return orientationOnly(block)
}

/** Returns a little-endian EXIF block with the orientation as its only entry; an empty one if the image is upright. */
function orientationOnly(block: Buffer): Buffer {
  const orientation = orientationOf(block)
  if (orientation < 2 || orientation > 8) return Buffer.alloc(0)
  return Buffer.from(`49492a0008000000010012010300010000000${orientation}00000000000000`, 'hex')
}

/** Returns the orientation; 1 without one, and for a block that can not be parsed. */
function orientationOf(block: Buffer): number {
  try {
    const directories = new Directories(block)
    const entry = directories.find(directories.first, ORIENTATION)
    return entry === undefined ? 1 : directories.numberOf(entry)
  } catch {
    return 1
  }
}

/** Copies the wanted entries of an EXIF block to the same places of an empty one, so that no offset changes. */
class ExifFilter {
  readonly #block: Buffer
  readonly #source: Directories
  readonly #kept: Buffer
  #copiedBytes = 0
  #end = HEADER_BYTES

  /** @throws RangeError when the block can not be parsed, as `run` does */
  constructor(block: Buffer) {
    this.#block = block
    this.#source = new Directories(block)
    this.#kept = Buffer.alloc(block.length)
    block.copy(this.#kept, 0, 0, HEADER_BYTES)
  }

  /** Returns the block up to its last wanted byte. */
  run(): Buffer {
    const main = this.#source.first
    const directories = [...this.#exifDirectory(main), main]
    const wanted = directories.map(directory => this.#wantedEntries(directory))
    for (const entry of wanted.flat()) this.#copyValue(entry)
    // The first directory is written last: whatever overlaps it, the orientation stays.
    for (const [i, directory] of directories.entries()) this.#writeDirectory(directory, wanted[i] ?? [])
    return this.#kept.subarray(0, this.#end)
  }

  /** Returns the directory with the data of the photograph, if there is one inside the block. */
  #exifDirectory(main: number): number[] {
    const pointer = this.#source.find(main, EXIF_IFD)
    const directory = pointer === undefined ? 0 : this.#source.longOf(pointer)
    return directory >= HEADER_BYTES && directory !== main && directory + 2 <= this.#block.length ? [directory] : []
  }

  #wantedEntries(directory: number): number[] {
    return this.#source.entries(directory).filter(entry => {
      const tag = this.#source.tag(entry)
      return KEPT_TAGS.some(([first, last]) => tag >= first && tag <= last) && this.#source.isReadable(entry)
    })
  }

  /** Copies a value that is not in the entry itself. @throws RangeError when values overlap, which bounds the work */
  #copyValue(entry: number): void {
    const value = this.#source.value(entry)
    if (value.length <= 4) return
    const start = value.byteOffset - this.#block.byteOffset
    this.#copiedBytes += value.length
    if (this.#copiedBytes > this.#block.length) throw new RangeError('the values overlap')
    value.copy(this.#kept, start)
    this.#end = Math.max(this.#end, start + value.length)
  }

  /** Writes a directory of some of its entries, without one that follows it. */
  #writeDirectory(directory: number, entries: number[]): void {
    const bytes = entries.map(entry => this.#source.bytesOf(entry))
    this.#end = Math.max(this.#end, new Directories(this.#kept).replace(directory, bytes))
  }
}
