/** So many are counted one by one. */
const MOST_EXACT = 256
const HASH_BYTES = 8
const PRECISION = 12
const REGISTERS = 2 ** PRECISION
/** Bits of a hash beside its register's number, and so the highest rank less one. */
const REST = 64 - PRECISION
const PACKED_BYTES = (REGISTERS * 6) / 8
/** Twice the standard error, relative: of twenty estimates nineteen are nearer. */
const ERROR = (2 * 1.04) / Math.sqrt(REGISTERS)

/** How many different people; `error` is relative and holds for 19 of 20 estimates, 0 where the number is exact. */
export interface PeopleCount {
  value: number
  exact: boolean
  error: number
}

/**
 * A set of people as keyed hashes: up to 256 one by one, more of them as a HyperLogLog of 4,096 registers. Equal sets give
 * equal bytes, in whichever order and split they were put together; at most 3 kB.
 * Source: Flajolet et al., HyperLogLog, 2007; the estimate: Ertl, New cardinality estimation algorithms, 2017.
 */
export class People {
  #hashes = new Set<bigint>()
  #registers: Uint8Array | undefined

  add(hash: bigint): void {
    if (this.#registers) {
      note(this.#registers, hash)
      return
    }
    this.#hashes.add(hash)
    if (this.#hashes.size > MOST_EXACT) this.#estimate()
  }

  /** Takes in another set, as `bytes` gave it. */
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

  /** The hashes in order, or the registers; their lengths tell them apart. */
  bytes(): Buffer {
    if (this.#registers) return packed(this.#registers)
    const bytes = Buffer.alloc(this.#hashes.size * HASH_BYTES)
    for (const [i, hash] of BigUint64Array.from(this.#hashes).sort().entries()) {
      bytes.writeBigUInt64BE(hash, i * HASH_BYTES)
    }
    return bytes
  }

  count(): PeopleCount {
    if (!this.#registers) return { value: this.#hashes.size, exact: true, error: 0 }
    return { value: Math.round(cardinality(this.#registers)), exact: false, error: ERROR }
  }

  #estimate(): Uint8Array {
    const registers = this.#registers ?? new Uint8Array(REGISTERS)
    for (const hash of this.#hashes) note(registers, hash)
    this.#hashes.clear()
    this.#registers = registers
    return registers
  }
}

/** The register that the first bits name keeps the highest rank: one more than the zeros that the other bits begin with. */
function note(registers: Uint8Array, hash: bigint): void {
  const high = Number(hash >> 32n)
  const index = high >>> (32 - PRECISION)
  const upper = (high << PRECISION) >>> 0
  const rank = 1 + (upper > 0 ? Math.clz32(upper) : 32 - PRECISION + Math.clz32(Number(hash & 0xffff_ffffn)))
  if (rank > (registers[index] ?? 0)) registers[index] = rank
}

function cardinality(registers: Uint8Array): number {
  const times = new Array<number>(REST + 2).fill(0)
  for (const rank of registers) times[rank] = (times[rank] ?? 0) + 1
  const share = (rank: number) => (times[rank] ?? 0) / REGISTERS
  let sum = REGISTERS * tau(1 - share(REST + 1))
  for (let rank = REST; rank >= 1; rank--) sum = 0.5 * (sum + (times[rank] ?? 0))
  sum += REGISTERS * sigma(share(0))
  return REGISTERS ** 2 / (2 * Math.LN2 * sum)
}

/** What registers that are still empty stand for. */
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

/** What registers that can rise no further stand for. */
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

/** Four registers of six bits in three bytes. */
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
