/** Up to this number the count is exact. */
const MAX_EXACT = 256
const HASH_BYTES = 8
const PRECISION = 12
const REGISTERS = 2 ** PRECISION
/** The bits of a hash that follow its register number; the highest rank is one more. */
const RANK_BITS = 64 - PRECISION
const PACKED_BYTES = (REGISTERS * 6) / 8
/** Twice the relative standard error: 95 % of the estimates are closer. */
const RELATIVE_ERROR = (2 * 1.04) / Math.sqrt(REGISTERS)

/** Number of distinct people. `error` is relative, for 95 % of the estimates; 0 when the number is exact. */
export interface PeopleCount {
  value: number
  exact: boolean
  error: number
}

/**
 * Sketch of a set of people: up to 256 keyed hashes, for larger sets a HyperLogLog with 4,096 registers. Equal sets yield equal
 * bytes, whatever the order of additions and merges; at most 3 kB.
 * Source: Flajolet et al., HyperLogLog, 2007; the estimate: Ertl, New cardinality estimation algorithms, 2017.
 */
export class People {
  #hashes = new Set<bigint>()
  #registers: Uint8Array | undefined

  /** Adds the keyed hash of a person. */
  add(hash: bigint): void {
    if (this.#registers) {
      note(this.#registers, hash)
      return
    }
    this.#hashes.add(hash)
    if (this.#hashes.size > MAX_EXACT) this.#estimate()
  }

  /** Adds all members of another set in the form of `bytes()`. */
  merge(bytes: Uint8Array): void {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    if (bytes.length !== PACKED_BYTES) {
      for (let at = 0; at < view.length; at += HASH_BYTES) this.add(view.readBigUInt64BE(at))
      return
    }
    const registers = this.#estimate()
    const others = unpacked(view)
    for (let i = 0; i < REGISTERS; i++) registers[i] = Math.max(registers[i] ?? 0, others[i] ?? 0)
  }

  /** Serializes the sketch: the sorted hashes or the packed registers, which differ in length. */
  bytes(): Buffer {
    if (this.#registers) return packed(this.#registers)
    const bytes = Buffer.alloc(this.#hashes.size * HASH_BYTES)
    for (const [i, hash] of BigUint64Array.from(this.#hashes).sort().entries()) {
      bytes.writeBigUInt64BE(hash, i * HASH_BYTES)
    }
    return bytes
  }

  /** Counts or estimates the members. */
  count(): PeopleCount {
    if (!this.#registers) return { value: this.#hashes.size, exact: true, error: 0 }
    return { value: Math.round(cardinality(this.#registers)), exact: false, error: RELATIVE_ERROR }
  }

  /** Switches to registers. */
  #estimate(): Uint8Array {
    const registers = this.#registers ?? new Uint8Array(REGISTERS)
    for (const hash of this.#hashes) note(registers, hash)
    this.#hashes.clear()
    this.#registers = registers
    return registers
  }
}

/** Updates the register that the first bits name: it keeps the highest rank, which is one plus the leading zeros of the rest. */
function note(registers: Uint8Array, hash: bigint): void {
  const high = Number(hash >> 32n)
  const index = high >>> (32 - PRECISION)
  const upper = (high << PRECISION) >>> 0
  const rank = 1 + (upper > 0 ? Math.clz32(upper) : 32 - PRECISION + Math.clz32(Number(hash & 0xffff_ffffn)))
  if (rank > (registers[index] ?? 0)) registers[index] = rank
}

/** Estimates the cardinality (Ertl 2017, algorithm 6). */
function cardinality(registers: Uint8Array): number {
  const times = new Array<number>(RANK_BITS + 2).fill(0)
  for (const rank of registers) times[rank] = (times[rank] ?? 0) + 1
  const share = (rank: number) => (times[rank] ?? 0) / REGISTERS
  let sum = REGISTERS * tau(1 - share(RANK_BITS + 1))
  for (let rank = RANK_BITS; rank >= 1; rank--) sum = 0.5 * (sum + (times[rank] ?? 0))
  sum += REGISTERS * sigma(share(0))
  return REGISTERS ** 2 / (2 * Math.LN2 * sum)
}

/** The correction for empty registers (Ertl 2017, equation for sigma). */
function sigma(x: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY
  let sum = x
  for (let before = -1, power = x, weight = 1; sum !== before; weight *= 2) {
    power *= power
    before = sum
    sum += power * weight
  }
  return sum
}

/** The correction for saturated registers (Ertl 2017, equation for tau). */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0
  let sum = 1 - x
  for (let before = -1, root = x, weight = 0.5; sum !== before; weight *= 0.5) {
    root = Math.sqrt(root)
    before = sum
    sum -= (1 - root) ** 2 * weight
  }
  return sum / 3
}

/** Packs four registers of six bits into three bytes. */
function packed(registers: Uint8Array): Buffer {
  const bytes = Buffer.alloc(PACKED_BYTES)
  for (let from = 0, to = 0; from < REGISTERS; from += 4, to += 3) {
    const high = ((registers[from] ?? 0) << 6) | (registers[from + 1] ?? 0)
    const low = ((registers[from + 2] ?? 0) << 6) | (registers[from + 3] ?? 0)
    bytes.writeUIntBE((high << 12) | low, to, 3)
  }
  return bytes
}

function unpacked(bytes: Buffer): Uint8Array {
  const registers = new Uint8Array(REGISTERS)
  for (let from = 0, to = 0; to < REGISTERS; from += 3, to += 4) {
    const four = bytes.readUIntBE(from, 3)
    registers[to] = four >> 18
    registers[to + 1] = (four >> 12) & 63
    registers[to + 2] = (four >> 6) & 63
    registers[to + 3] = four & 63
  }
  return registers
}
