/** Relative accuracy of quantiles. */
export const ACCURACY = 0.01
const GROWTH = (1 + ACCURACY) / (1 - ACCURACY)
const LN_GROWTH = Math.log(GROWTH)

/** Range of the values: smaller ones count as 0, larger ones as `largest`. */
interface Scale {
  smallest: number
  largest: number
}

/**
 * Sketch of the distribution of values: counts of bins, each two percent wider than the one before. Equal values yield equal
 * bytes, whatever the order of additions and merges.
 * Source: Masson et al., DDSketch, 2019.
 */
export class Distribution {
  readonly #scale: Scale
  readonly #bins = new Map<number, number>()

  constructor(scale: Scale) {
    this.#scale = scale
  }

  /** Number of values. */
  get size(): number {
    let size = 0
    for (const count of this.#bins.values()) size += count
    return size
  }

  /** Adds a value. */
  add(value: number): void {
    this.#count(this.#binOf(value), 1)
  }

  /** Adds all values of another distribution of the same scale in the form of `bytes()`; with -1 it removes those that are there. */
  merge(bytes: Uint8Array, sign: 1 | -1 = 1): void {
    for (const [bin, count] of binsIn(bytes)) this.#count(bin, sign * count)
  }

  /** Serializes the sketch: for each bin its distance from the one before and its count, as varints. */
  bytes(): Buffer {
    const numbers: number[] = []
    let before = 0
    for (const [bin, count] of this.#sorted()) {
      numbers.push(bin - before, count)
      before = bin
    }
    return bytesOf(numbers)
  }

  /**
   * Returns a quantile within 1 % of the true one; null without values.
   * @param share between 0 and 1
   */
  quantile(share: number): number | null {
    const rank = share * (this.size - 1)
    let seen = 0
    for (const [bin, count] of this.#sorted()) {
      seen += count
      if (seen > rank) return this.#valueOf(bin)
    }
    return null
  }

  /** Returns the number of values up to `value`; values within 1 % of it may count on either side. */
  countUpTo(value: number): number {
    let count = 0
    for (const [bin, n] of this.#bins) if (this.#valueOf(bin) <= value) count += n
    return count
  }

  #count(bin: number, change: number): void {
    const count = (this.#bins.get(bin) ?? 0) + change
    if (count > 0) this.#bins.set(bin, count)
    else this.#bins.delete(bin)
  }

  #binOf(value: number): number {
    const { smallest, largest } = this.#scale
    if (value < smallest) return 0
    return 1 + Math.ceil(Math.log(Math.min(value, largest) / smallest) / LN_GROWTH)
  }

  /** Returns the representative of a bin: its relative distance from both ends is the same. */
  #valueOf(bin: number): number {
    if (bin === 0) return 0
    return (2 * this.#scale.smallest * GROWTH ** (bin - 1)) / (GROWTH + 1)
  }

  #sorted(): [number, number][] {
    return [...this.#bins].sort(([a], [b]) => a - b)
  }
}

/** Returns the bins in the form of `bytes()`, and their counts. */
function binsIn(bytes: Uint8Array): [number, number][] {
  const bins: [number, number][] = []
  let bin = 0
  const numbers = numbersIn(bytes)
  for (let i = 0; i < numbers.length; i += 2) {
    bin += numbers[i] ?? 0
    bins.push([bin, numbers[i + 1] ?? 0])
  }
  return bins
}

/** Encodes integers as varints (LEB128): seven bits a byte, lowest first; the eighth bit says that more bytes follow. */
function bytesOf(numbers: number[]): Buffer {
  const bytes: number[] = []
  for (let rest of numbers) {
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
    bytes.push(rest)
  }
  return Buffer.from(bytes)
}

function numbersIn(bytes: Uint8Array): number[] {
  const numbers: number[] = []
  let number = 0
  let weight = 1
  for (const byte of bytes) {
    number += (byte & 127) * weight
    weight *= 128
    if (byte >= 128) continue
    numbers.push(number)
    number = 0
    weight = 1
  }
  return numbers
}
