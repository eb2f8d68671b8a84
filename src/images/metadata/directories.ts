const ENTRY_BYTES = 12
/** Size of the offset of the next directory, which follows the entries. */
const NEXT_BYTES = 4
/** Number of the type of 32-bit numbers. */
const LONG = 4
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

  /** Returns the entries of a directory that are inside the block. @throws RangeError for more than 1,000 */
  entries(directory: number): number[] {
    const count = this.#short(directory)
    if (count > MAX_ENTRIES) throw new RangeError('too many entries')
    const length = Math.min(count, Math.floor((this.#bytes.length - directory - 2) / ENTRY_BYTES))
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

  /** Whether the value of an entry is inside the block. */
  isReadable(entry: number): boolean {
    const { start, length } = this.#placeOf(entry)
    return start + length <= this.#bytes.length
  }

  /** Returns the bytes of a value; up to four are in the entry itself. The buffer shares the memory of the block. */
  value(entry: number): Buffer {
    const { start, length } = this.#placeOf(entry)
    if (start + length > this.#bytes.length) throw new RangeError('a value lies outside the block')
    return this.#bytes.subarray(start, start + length)
  }

  /** Returns a number of type SHORT or LONG. */
  numberOf(entry: number): number {
    return this.#short(entry + 2) === LONG ? this.#long(entry + 8) : this.#short(entry + 8)
  }

  /** Returns a value of type LONG, such as the offset of another directory. */
  longOf(entry: number): number {
    return this.#long(entry + 8)
  }

  /**
   * Replaces a directory by some of its entries, without a directory after it.
   * @param entries in ascending order
   * @returns the end of the directory
   */
  replace(directory: number, entries: Buffer[]): number {
    const next = directory + 2 + entries.length * ENTRY_BYTES
    const end = Math.min(next + NEXT_BYTES, this.#bytes.length)
    this.#setCount(directory, entries.length)
    for (const [i, entry] of entries.entries()) entry.copy(this.#bytes, directory + 2 + i * ENTRY_BYTES)
    this.#bytes.fill(0, next, end)
    return end
  }

  /** Returns the bytes of an entry. */
  bytesOf(entry: number): Buffer {
    return this.#bytes.subarray(entry, entry + ENTRY_BYTES)
  }

  #placeOf(entry: number): { start: number; length: number } {
    const length = (TYPE_BYTES[this.#short(entry + 2)] ?? 1) * this.#long(entry + 4)
    return { start: length > 4 ? this.#long(entry + 8) : entry + 8, length }
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
