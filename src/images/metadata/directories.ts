const ENTRY_BYTES = 12
/** More entries than any camera writes. */
const MAX_ENTRIES = 1_000
/** Size of a value in bytes, by the number of its type, 1 to 13. */
const TYPE_BYTES = [1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4]

/**
 * Reads and edits the directories of a TIFF structure, such as EXIF (TIFF 6.0, section 2). Directories and entries are given by
 * their offsets. All methods throw a RangeError for an offset outside.
 */
export class Directories {
  readonly #bytes: Buffer
  readonly #isLittle: boolean

  /** @throws RangeError when the block is not a TIFF structure */
  constructor(block: Buffer) {
    this.#bytes = block
    const order = block.toString('latin1', 0, 2)
    this.#isLittle = order === 'II'
    if ((order !== 'II' && order !== 'MM') || this.#short(2) !== 42) throw new RangeError('not a TIFF structure')
  }

  /** The first directory. */
  get first(): number {
    return this.#long(4)
  }

  /** Returns the directory after another one; 0 after the last. */
  next(directory: number): number {
    return this.#long(directory + 2 + this.#short(directory) * ENTRY_BYTES)
  }

  /** Returns the entries of a directory. @throws RangeError for more than 1,000 */
  entries(directory: number): number[] {
    const length = this.#short(directory)
    if (length > MAX_ENTRIES) throw new RangeError('too many entries')
    return Array.from({ length }, (_, i) => directory + 2 + i * ENTRY_BYTES)
  }

  /** Returns the entry of a directory with that tag. */
  find(directory: number, tag: number): number | undefined {
    return this.entries(directory).find(entry => this.tag(entry) === tag)
  }

  /** Returns the tag of an entry. */
  tag(entry: number): number {
    return this.#short(entry)
  }

  /** Returns the bytes of a value; up to four are in the entry itself. The buffer shares the memory of the block. */
  value(entry: number): Buffer {
    const length = (TYPE_BYTES[this.#short(entry + 2)] ?? 1) * this.#long(entry + 4)
    const start = length > 4 ? this.#long(entry + 8) : entry + 8
    if (start + length > this.#bytes.length) throw new RangeError('a value lies outside the block')
    return this.#bytes.subarray(start, start + length)
  }

  /** Returns a value of type SHORT. */
  shortOf(entry: number): number {
    return this.#short(entry + 8)
  }

  /** Returns a value of type LONG, such as the offset of another directory. */
  longOf(entry: number): number {
    return this.#long(entry + 8)
  }

  /** Removes an entry; the following ones move up. */
  drop(directory: number, entry: number): void {
    const count = this.#short(directory)
    const end = directory + 2 + count * ENTRY_BYTES + 4
    this.#bytes.copyWithin(entry, entry + ENTRY_BYTES, end)
    this.#bytes.fill(0, end - ENTRY_BYTES, end)
    this.#setCount(directory, count - 1)
  }

  /** Overwrites a directory with zeros, but not the values that its entries point to. */
  blank(directory: number): void {
    this.#bytes.fill(0, directory, directory + 2 + this.#short(directory) * ENTRY_BYTES)
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
