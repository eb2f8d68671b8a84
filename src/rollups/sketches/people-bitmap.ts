const BITS = 128
const BYTES = BITS / 8

/** The largest number of people for which `atLeast` is a useful bound. */
export const MAX_BOUND = 50

/**
 * Bitmap of a set of people: each sets one of 128 bits, which the keyed hash determines. The number of set bits is at most the number of
 * people, and a bit stands for so many people that it tells nobody apart. Equal sets yield equal bytes, whatever the order.
 * Source: Whang, Vander-Zanden and Taylor, A linear-time probabilistic counting algorithm, 1990 (without its estimate).
 */
export class PeopleBitmap {
  readonly #bytes = Buffer.alloc(BYTES)

  /** Adds the keyed hash of a person. */
  add(hash: bigint): void {
    const bit = Number(hash & BigInt(BITS - 1))
    this.#bytes[bit >> 3] = (this.#bytes[bit >> 3] ?? 0) | (1 << (bit & 7))
  }

  /** Adds all members of another set in the form of `bytes()`. */
  merge(bytes: Uint8Array): void {
    for (let i = 0; i < BYTES; i++) this.#bytes[i] = (this.#bytes[i] ?? 0) | (bytes[i] ?? 0)
  }

  /** Returns the bitmap. */
  bytes(): Buffer {
    return Buffer.from(this.#bytes)
  }

  /** Returns a number that the set has at least as many people as; 5 people are told as 5 in nine of ten cases. */
  atLeast(): number {
    let count = 0
    for (const byte of this.#bytes) for (let bits = byte; bits > 0; bits >>= 1) count += bits & 1
    return count
  }
}
