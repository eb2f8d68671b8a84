import type { Strip } from './window.ts'

/** The parts of EXIF that know where, or could: GPS, embedded XMP and IPTC, and what only a camera's maker can read. */
const GPS = 0x8825
const EXIF = 0x8769
const UNWANTED = [GPS, 0x02bc, 0x83bb, 0x927c]
const ORIENTATION = 0x0112
const ENTRY = 12
const MOST_DIRECTORIES = 8
const MOST_ENTRIES = 1_000
/** Bytes of a value by the number of its type. */
const WIDTHS = [1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4]

/** An EXIF block without what is to go: of the same length without places, or, of all, only which way is up, if that is not plain. */
export function strippedExif(block: Buffer, strip: Strip): Buffer {
  try {
    if (strip === 'gps') return new Directories(block).withoutPlaces()
    return orientationOnly(new Directories(block).orientation())
  } catch {
    // A block that can not be followed may say anything.
    return strip === 'gps' ? Buffer.alloc(block.length) : Buffer.alloc(0)
  }
}

function orientationOnly(orientation: number): Buffer {
  if (orientation < 2 || orientation > 8) return Buffer.alloc(0)
  return Buffer.from(`49492a0008000000010012010300010000000${orientation}00000000000000`, 'hex')
}

/** The directories of a TIFF structure, of which EXIF is one (TIFF 6.0, section 2). */
class Directories {
  readonly #bytes: Buffer
  readonly #isLittle: boolean

  /** @throws RangeError where it is none */
  constructor(block: Buffer) {
    this.#bytes = Buffer.from(block)
    const order = block.toString('latin1', 0, 2)
    this.#isLittle = order === 'II'
    if ((order !== 'II' && order !== 'MM') || this.#short(2) !== 42) throw new RangeError('not a TIFF structure')
  }

  orientation(): number {
    const first = this.#long(4)
    const entry = this.#entries(first).find(at => this.#short(at) === ORIENTATION)
    return entry === undefined ? 1 : this.#short(entry + 8)
  }

  withoutPlaces(): Buffer {
    let directory = this.#long(4)
    for (let turn = 0; directory !== 0; turn++) {
      if (turn === MOST_DIRECTORIES) throw new RangeError('too many directories')
      const exif = this.#entries(directory).find(at => this.#short(at) === EXIF)
      if (exif !== undefined) this.#weed(this.#long(exif + 8))
      this.#weed(directory)
      directory = this.#long(directory + 2 + this.#short(directory) * ENTRY)
    }
    return this.#bytes
  }

  /** Takes the unwanted entries out of a directory, and blanks what they point at. */
  #weed(directory: number): void {
    for (const at of this.#entries(directory).reverse()) {
      const tag = this.#short(at)
      if (!UNWANTED.includes(tag)) continue
      if (tag === GPS) this.#blankDirectory(this.#long(at + 8))
      else this.#blankValue(at)
      const count = this.#short(directory)
      const end = directory + 2 + count * ENTRY + 4
      this.#bytes.copyWithin(at, at + ENTRY, end)
      this.#bytes.fill(0, end - ENTRY, end)
      this.#setShort(directory, count - 1)
    }
  }

  #blankDirectory(directory: number): void {
    const entries = this.#entries(directory)
    for (const at of entries) this.#blankValue(at)
    this.#bytes.fill(0, directory, directory + 2 + entries.length * ENTRY)
  }

  /** Values of up to four bytes stand in the entry itself. */
  #blankValue(at: number): void {
    const length = (WIDTHS[this.#short(at + 2)] ?? 1) * this.#long(at + 4)
    const start = length > 4 ? this.#long(at + 8) : at + 8
    if (start + length > this.#bytes.length) throw new RangeError('it points outside')
    this.#bytes.fill(0, start, start + length)
  }

  #entries(directory: number): number[] {
    const length = this.#short(directory)
    if (length > MOST_ENTRIES) throw new RangeError('too many entries')
    return Array.from({ length }, (_, i) => directory + 2 + i * ENTRY)
  }

  #short(at: number): number {
    return this.#isLittle ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at)
  }

  #long(at: number): number {
    return this.#isLittle ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at)
  }

  #setShort(at: number, value: number): void {
    if (this.#isLittle) this.#bytes.writeUInt16LE(value, at)
    else this.#bytes.writeUInt16BE(value, at)
  }
}
