import { Directories } from './directories.ts'
import type { Strip } from './window.ts'

/** The parts of EXIF that know where, or could: GPS, embedded XMP and IPTC, and what only a camera's maker can read. */
const GPS = 0x8825
const EXIF = 0x8769
const UNWANTED = [GPS, 0x02bc, 0x83bb, 0x927c]
const ORIENTATION = 0x0112
const MOST_DIRECTORIES = 8

/** An EXIF block without what is to go: of the same length without places, or, of all, only which way is up, if that is not plain. */
export function strippedExif(block: Buffer, strip: Strip): Buffer {
  try {
    return strip === 'gps' ? new Weeding(block).withoutPlaces() : orientationOnly(new Directories(block))
  } catch {
    // A block that can not be followed may say anything.
    return strip === 'gps' ? Buffer.alloc(block.length) : Buffer.alloc(0)
  }
}

function orientationOnly(directories: Directories): Buffer {
  const entry = directories.find(directories.first, ORIENTATION)
  const orientation = entry === undefined ? 1 : directories.shortOf(entry)
  if (orientation < 2 || orientation > 8) return Buffer.alloc(0)
  return Buffer.from(`49492a0008000000010012010300010000000${orientation}00000000000000`, 'hex')
}

/** The work on one block, of which a copy is weeded. */
class Weeding {
  readonly #bytes: Buffer
  readonly #directories: Directories
  #blanked = 0

  /** @throws RangeError where it can not be followed */
  constructor(block: Buffer) {
    this.#bytes = Buffer.from(block)
    this.#directories = new Directories(this.#bytes)
  }

  withoutPlaces(): Buffer {
    let directory = this.#directories.first
    for (let turn = 0; directory !== 0; turn++) {
      if (turn === MOST_DIRECTORIES) throw new RangeError('too many directories')
      const exif = this.#directories.find(directory, EXIF)
      if (exif !== undefined) this.#weed(this.#directories.longOf(exif))
      this.#weed(directory)
      directory = this.#directories.next(directory)
    }
    return this.#bytes
  }

  /** Takes the unwanted entries out of a directory, and blanks what they point at. */
  #weed(directory: number): void {
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
    if (this.#blanked > this.#bytes.length) throw new RangeError('its values overlap')
    value.fill(0)
  }
}
