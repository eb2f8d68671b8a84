const ENTRY = 12
const MOST_ENTRIES = 1_000
/** Bytes of a value by the number of its type. */
const WIDTHS = [1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4]

/** The directories of a TIFF structure, of which EXIF is one (TIFF 6.0, section 2). Directories and entries go by where they stand. */
export class Directories {
  readonly #bytes: Buffer
  readonly #isLittle: boolean

  /** @throws RangeError where it is none, as every method does for what stands outside */
  constructor(block: Buffer) {
    this.#bytes = block
    const order = block.toString('latin1', 0, 2)
    this.#isLittle = order === 'II'
    if ((order !== 'II' && order !== 'MM') || this.#short(2) !== 42) throw new RangeError('not a TIFF structure')
  }

  get first(): number {
    return this.#long(4)
  }

  /** The directory that comes after one; 0 after the last. */
  next(directory: number): number {
    return this.#long(directory + 2 + this.#short(directory) * ENTRY)
  }

  /** The entries of a directory. @throws RangeError for more than any camera writes */
  entries(directory: number): number[] {
    const length = this.#short(directory)
    if (length > MOST_ENTRIES) throw new RangeError('too many entries')
    return Array.from({ length }, (_, i) => directory + 2 + i * ENTRY)
  }

  find(directory: number, tag: number): number | undefined {
    return this.entries(directory).find(entry => this.tag(entry) === tag)
  }

  tag(entry: number): number {
    return this.#short(entry)
  }

  /** The bytes of a value, which up to four stand in the entry itself; to change them changes the block. */
  value(entry: number): Buffer {
    const length = (WIDTHS[this.#short(entry + 2)] ?? 1) * this.#long(entry + 4)
    const start = length > 4 ? this.#long(entry + 8) : entry + 8
    if (start + length > this.#bytes.length) throw new RangeError('it points outside')
    return this.#bytes.subarray(start, start + length)
  }

  /** A value that is one short number. */
  shortOf(entry: number): number {
    return this.#short(entry + 8)
  }

  /** A value that is one long number, as that of an entry that points at a directory. */
  longOf(entry: number): number {
    return this.#long(entry + 8)
  }

  /** Takes an entry out; those behind it move up. */
  drop(directory: number, entry: number): void {
    const count = this.#short(directory)
    const end = directory + 2 + count * ENTRY + 4
    this.#bytes.copyWithin(entry, entry + ENTRY, end)
    this.#bytes.fill(0, end - ENTRY, end)
    this.#setCount(directory, count - 1)
  }

  /** Blanks a directory itself, not what it points at. */
  blank(directory: number): void {
    this.#bytes.fill(0, directory, directory + 2 + this.#short(directory) * ENTRY)
  }

  #short(at: number): number {
    return this.#isLittle ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at)
  }

  #long(at: number): number {
    return this.#isLittle ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at)
  }

  #setCount(directory: number, count: number): void {
    if (this.#isLittle) this.#bytes.writeUInt16LE(count, directory)
    else this.#bytes.writeUInt16BE(count, directory)
  }
}
