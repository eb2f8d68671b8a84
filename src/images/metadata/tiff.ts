import { Directories } from './directories.ts'
import type { Strip } from './window.ts'

/** Tags that contain the location or may contain it: GPS, embedded XMP and IPTC, and the maker note. */
const GPS = 0x8825
const EXIF = 0x8769
const UNWANTED = [GPS, 0x02bc, 0x83bb, 0x927c]
const ORIENTATION = 0x0112
const MAX_DIRECTORIES = 8

/**
 * Strips an EXIF block. With `gps` the block keeps its length and loses locations; with `all` only the orientation remains, and
 * nothing if the image is upright. A block that can not be parsed is removed.
 */
export function strippedExif(block: Buffer, strip: Strip): Buffer {
  try {
    return strip === 'gps' ? new LocationRemover(block).run() : orientationOnly(new Directories(block))
  } catch {
    return strip === 'gps' ? Buffer.alloc(block.length) : Buffer.alloc(0)
  }
}

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
  #blanked = 0

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
      const exif = this.#directories.find(directory, EXIF)
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
      if (tag === GPS) this.#blankDirectory(this.#directories.longOf(entry))
      else this.#blankValue(entry)
      this.#directories.drop(directory, entry)
    }
  }

  #blankDirectory(directory: number): void {
    for (const entry of this.#directories.entries(directory)) this.#blankValue(entry)
    this.#directories.blank(directory)
  }

  #blankValue(entry: number): void {
    const value = this.#directories.value(entry)
    this.#blanked += value.length
    if (this.#blanked > this.#bytes.length) throw new RangeError('the values overlap')
    value.fill(0)
  }
}
