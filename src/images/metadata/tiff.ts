import { Directories } from './directories.ts'
import type { Strip } from './window.ts'

const ORIENTATION = 0x0112
const EXIF_IFD = 0x8769
const GPS_IFD = 0x8825
const XMP = 0x02bc
const IPTC = 0x83bb
const MAKER_NOTE = 0x927c
/** Tags that contain the location or may contain it. The format of a maker note is known to the camera's maker only. */
const UNWANTED = [GPS_IFD, XMP, IPTC, MAKER_NOTE]
/** Bounds the work for directories that form a cycle. */
const MAX_DIRECTORIES = 8

/**
 * Strips an EXIF block. With `gps` the block keeps its length and loses locations; with `all` only the orientation remains, and
 * nothing if the image is upright.
 */
export function strippedExif(block: Buffer, strip: Strip): Buffer {
  try {
    return strip === 'gps' ? new LocationRemover(block).run() : orientationOnly(new Directories(block))
  } catch {
    // A block that can not be parsed may contain anything: nothing of it is kept.
    return strip === 'gps' ? Buffer.alloc(block.length) : Buffer.alloc(0)
  }
}

/** Returns a little-endian EXIF block with the orientation as its only entry; an empty one if the image is upright. */
function orientationOnly(directories: Directories): Buffer {
  const entry = directories.find(directories.first, ORIENTATION)
  const orientation = entry === undefined ? 1 : directories.shortOf(entry)
  if (orientation < 2 || orientation > 8) return Buffer.alloc(0)
  return Buffer.from(`49492a0008000000010012010300010000000${orientation}00000000000000`, 'hex')
}

/** Removes locations from a copy of an EXIF block. */
class LocationRemover {
  readonly #bytes: Buffer
  readonly #directories: Directories
  #blankedBytes = 0

  /** @throws RangeError when the block can not be parsed, as `run` does */
  constructor(block: Buffer) {
    this.#bytes = Buffer.from(block)
    this.#directories = new Directories(this.#bytes)
  }

  /** Returns the block without locations. */
  run(): Buffer {
    let directory = this.#directories.first
    for (let count = 0; directory !== 0; count++) {
      if (count === MAX_DIRECTORIES) throw new RangeError('too many directories')
      const exif = this.#directories.find(directory, EXIF_IFD)
      if (exif !== undefined) this.#clean(this.#directories.longOf(exif))
      this.#clean(directory)
      directory = this.#directories.next(directory)
    }
    return this.#bytes
  }

  /** Removes the unwanted entries of a directory, and overwrites their values. */
  #clean(directory: number): void {
    for (const entry of this.#directories.entries(directory).reverse()) {
      const tag = this.#directories.tag(entry)
      if (!UNWANTED.includes(tag)) continue
      if (tag === GPS_IFD) this.#blankDirectory(this.#directories.longOf(entry))
      else this.#blankValue(entry)
      this.#directories.drop(directory, entry)
    }
  }

  /** Overwrites a directory and the values of its entries with zeros. */
  #blankDirectory(directory: number): void {
    for (const entry of this.#directories.entries(directory)) this.#blankValue(entry)
    this.#directories.blank(directory)
  }

  /** Overwrites a value with zeros. @throws RangeError when values overlap, which bounds the work */
  #blankValue(entry: number): void {
    const value = this.#directories.value(entry)
    this.#blankedBytes += value.length
    if (this.#blankedBytes > this.#bytes.length) throw new RangeError('the values overlap')
    value.fill(0)
  }
}
