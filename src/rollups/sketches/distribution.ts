/** Quantiles are within this share of the true ones. */
export const ACCURACY = 0.01
const GROWTH = (1 + ACCURACY) / (1 - ACCURACY)
const LN_GROWTH = Math.log(GROWTH)

/** What is measured lies between these; less than the smallest counts as nothing, more than the largest as the largest. */
interface Scale {
  smallest: number
  largest: number
}

/**
 * How values are spread: a count for each of a fixed number of bins, each two percent wider than the one before. Equal values
 * give equal bytes, in whichever order and split they were put together.
 * Source: Masson et al., DDSketch, 2019.
 */
export class Distribution {
  readonly #scale: Scale
  readonly #bins = new Map<number, number>()

  constructor(scale: Scale) {
    this.#scale = scale
  }

  /** How many values there are. */
  get size(): number {
    let size = 0
    for (const count of this.#bins.values()) size += count
    return size
  }

  add(value: number): void {
    this.#count(this.#binOf(value), 1)
  }

  /** Takes in another distribution of this scale, as `bytes` gave it. */
  merge(bytes: Uint8Array): void {
    let bin = 0
    const numbers = numbersIn(bytes)
    for (let i = 0; i < numbers.length; i += 2) {
      bin += numbers[i] ?? 0
      this.#count(bin, numbers[i + 1] ?? 0)
    }
  }

  /** For each bin in order how far it is from the one before, and its count. */
  bytes(): Buffer {
    const numbers: number[] = []
    let before = 0
    for (const [bin, count] of this.#sorted()) {
      numbers.push(bin - before, count)
      before = bin
    }
    return bytesOf(numbers)
  }

  /** The value that so large a share (0 to 1) of the others is not above, within 1 %; null where there are none. */
  quantile(share: number): number | null {
    const rank = share * (this.size - 1)
    let seen = 0
    for (const [bin, count] of this.#sorted()) {
      seen += count
      if (seen > rank) return this.#valueOf(bin)
    }
    return null
  }

  /** How many values are at most so large; those within 1 % of it may be on either side. */
  countUpTo(value: number): number {
    let count = 0
    for (const [bin, n] of this.#bins) if (this.#valueOf(bin) <= value) count += n
    return count
  }

  #count(bin: number, count: number): void {
    this.#bins.set(bin, (this.#bins.get(bin) ?? 0) + count)
  }

  #binOf(value: number): number {
    const { smallest, largest } = this.#scale
    if (value < smallest) return 0
    return 1 + Math.ceil(Math.log(Math.min(value, largest) / smallest) / LN_GROWTH)
  }

  /** The middle of a bin: its ends are as far from it, as shares of themselves. */
  #valueOf(bin: number): number {
    if (bin === 0) return 0
    return (2 * this.#scale.smallest * GROWTH ** (bin - 1)) / (GROWTH + 1)
  }

  #sorted(): [number, number][] {
    return [...this.#bins].sort(([a], [b]) => a - b)
  }
}

/** Whole numbers in seven bits a byte, the low ones first; the eighth bit says that more follow. */
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
