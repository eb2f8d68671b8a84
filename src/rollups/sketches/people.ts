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
  /** Sorted hashes in big-endian order of bytes. Never changed in place, since `bytes()` returns it. */
  #hashes: Uint8Array = new Uint8Array(0)
  /** Hashes that were added since. */
  readonly #added = new Set<bigint>()
  #registers: Uint8Array | undefined

  /** Adds the keyed hash of a person. */
  add(hash: bigint): void {
    if (this.#registers) {
      note(this.#registers, Number(hash >> 32n), Number(hash & 0xffff_ffffn))
      return
    }
    this.#added.add(hash)
    if (this.#added.size > MAX_EXACT) this.#mergeAdded()
  }

  /** Adds all members of another set in the form of `bytes()`. */
  merge(bytes: Uint8Array): void {
    if (bytes.length === PACKED_BYTES) {
      const registers = this.#estimate()
      const others = unpacked(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
      for (let i = 0; i < REGISTERS; i++) registers[i] = Math.max(registers[i] ?? 0, others[i] ?? 0)
    } else if (this.#registers) {
      noteAll(this.#registers, bytes)
    } else {
      this.#hashes = union(this.#hashes, bytes)
      if (this.#hashes.length > MAX_EXACT * HASH_BYTES) this.#estimate()
    }
  }

  /** Serializes the sketch: the sorted hashes or the packed registers, which differ in length. */
  bytes(): Buffer {
    this.#mergeAdded()
    if (this.#registers) return packed(this.#registers)
    const { buffer, byteOffset, length } = this.#hashes
    return Buffer.from(buffer, byteOffset, length)
  }

  /** Counts or estimates the members. */
  count(): PeopleCount {
    this.#mergeAdded()
    if (!this.#registers) return { value: this.#hashes.length / HASH_BYTES, exact: true, error: 0 }
    return { value: Math.round(cardinality(this.#registers)), exact: false, error: RELATIVE_ERROR }
  }

  #mergeAdded(): void {
    if (this.#added.size === 0) return
    const bytes = new Uint8Array(this.#added.size * HASH_BYTES)
    const view = viewOf(bytes)
    for (const [i, hash] of BigUint64Array.from(this.#added).sort().entries()) view.setBigUint64(i * HASH_BYTES, hash)
    this.#added.clear()
    this.merge(bytes)
  }

  /** Switches to registers. */
  #estimate(): Uint8Array {
    this.#mergeAdded()
    if (this.#registers) return this.#registers
    const registers = new Uint8Array(REGISTERS)
    noteAll(registers, this.#hashes)
    this.#hashes = new Uint8Array(0)
    this.#registers = registers
    return registers
  }
}

/** Returns a view that reads and writes numbers in big-endian order. */
function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Returns the union of two lists of sorted hashes. It compares halves as numbers: big integers would be allocated one by one. */
function union(a: Uint8Array, b: Uint8Array): Uint8Array {
  const [left, right] = [viewOf(a), viewOf(b)]
  const merged = new Uint8Array(a.length + b.length)
  const target = viewOf(merged)
  let [i, j, end] = [0, 0, 0]
  while (i < a.length || j < b.length) {
    const order = i === a.length ? 1 : j === b.length ? -1 : compareHashes(left, i, right, j)
    target.setUint32(end, order <= 0 ? left.getUint32(i) : right.getUint32(j))
    target.setUint32(end + 4, order <= 0 ? left.getUint32(i + 4) : right.getUint32(j + 4))
    if (order <= 0) i += HASH_BYTES
    if (order >= 0) j += HASH_BYTES
    end += HASH_BYTES
  }
  return merged.subarray(0, end)
}

function compareHashes(left: DataView, i: number, right: DataView, j: number): number {
  return left.getUint32(i) - right.getUint32(j) || left.getUint32(i + 4) - right.getUint32(j + 4)
}

function noteAll(registers: Uint8Array, hashes: Uint8Array): void {
  const view = viewOf(hashes)
  for (let at = 0; at < hashes.length; at += HASH_BYTES) note(registers, view.getUint32(at), view.getUint32(at + 4))
}

/** Updates the register that the first bits name: it keeps the highest rank, which is one plus the leading zeros of the rest. */
function note(registers: Uint8Array, high: number, low: number): void {
  const index = high >>> (32 - PRECISION)
  const upper = (high << PRECISION) >>> 0
  const rank = 1 + (upper > 0 ? Math.clz32(upper) : 32 - PRECISION + Math.clz32(low))
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
