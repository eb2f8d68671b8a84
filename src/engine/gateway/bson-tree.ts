import { BSON } from 'mongodb'

const DOCUMENT_TYPE = 3
const ARRAY_TYPE = 4
const STRING_TYPE = 2
/** Double, int, long and decimal. */
const NUMBER_TYPES = new Set([1, 16, 18, 19])
const REGEX_TYPE = 11

/** A BSON value that is not parsed further. */
export interface Leaf {
  type: number
  bytes: Buffer
}

type Field = readonly [name: string, value: Node]

/** A document or array with its fields, in order. One that comes from bytes is parsed when its fields are read. */
export class Branch {
  readonly isArray: boolean
  /** The serialized form, if it was parsed. */
  readonly bytes: Buffer | undefined
  #fields: readonly Field[] | undefined

  constructor(content: Buffer | readonly Field[], isArray = false) {
    this.isArray = isArray
    if (Buffer.isBuffer(content)) this.bytes = content
    else this.#fields = content
  }

  /** @throws BSONError when the bytes are malformed */
  get fields(): readonly Field[] {
    this.#fields ??= parseFields(this.bytes ?? Buffer.alloc(0))
    return this.#fields
  }

  /** Returns the value of a field. */
  get(name: string): Node | undefined {
    return this.fields.find(([field]) => field === name)?.[1]
  }

  /** Returns a copy in which each value is replaced, or this branch when none changes; undefined removes the field. */
  map(replace: (value: Node, name: string) => Node | undefined): Branch {
    let isChanged = false
    const fields = this.fields.flatMap(([name, value]) => {
      const replaced = replace(value, name)
      isChanged ||= replaced !== value
      return replaced === undefined ? [] : [[name, replaced] as const]
    })
    return isChanged ? new Branch(fields, this.isArray) : this
  }

  /** Returns a copy with sorted fields, or this branch when they are sorted already. */
  sorted(compare: (a: Field, b: Field) => number): Branch {
    const isSorted = this.fields.every((field, i) => i === 0 || compare(this.fields[i - 1] as Field, field) <= 0)
    return isSorted ? this : new Branch(this.fields.toSorted(compare), this.isArray)
  }

  /** Returns a copy with a field set. */
  with(name: string, value: Node): Branch {
    const others = this.fields.filter(([field]) => field !== name)
    return new Branch([...others, [name, value]], this.isArray)
  }
}

/**
 * A BSON value, parsed without loss: unlike JavaScript's objects, the tree keeps the types of numbers, the subtypes of binary data,
 * dates outside JavaScript's range, and the order of all field names.
 */
export type Node = Leaf | Branch

/** Returns a document as a tree. */
export function parseTree(document: Buffer): Branch {
  return new Branch(document)
}

function parseFields(document: Buffer): Field[] {
  return Array.from(BSON.onDemand.parseToElements(document), ([type, nameOffset, nameLength, offset, length]) => {
    const bytes = document.subarray(offset, offset + length)
    const isBranch = type === DOCUMENT_TYPE || type === ARRAY_TYPE
    const value = isBranch ? new Branch(bytes, type === ARRAY_TYPE) : { type, bytes }
    return [document.toString('utf8', nameOffset, nameOffset + nameLength), value]
  })
}

/** Serializes a document or array. */
export function serializeTree(branch: Branch): Buffer {
  if (branch.bytes) return branch.bytes
  const bytes = Buffer.allocUnsafe(sizeOf(branch))
  write(branch, bytes, 0)
  return bytes
}

function sizeOf(node: Node): number {
  if (node.bytes) return node.bytes.length
  const { fields, isArray } = node as Branch
  return fields.reduce((size, [name, value], i) => {
    return size + 2 + Buffer.byteLength(isArray ? String(i) : name) + sizeOf(value)
  }, 5)
}

/** Writes the bytes of a value. @returns the offset after them */
function write(node: Node, target: Buffer, start: number): number {
  if (node.bytes) return start + node.bytes.copy(target, start)
  const { fields, isArray } = node as Branch
  let at = start + 4
  fields.forEach(([name, value], i) => {
    target[at++] = typeOf(value)
    at += target.write(isArray ? String(i) : name, at)
    target[at++] = 0
    at = write(value, target, at)
  })
  target[at++] = 0
  target.writeInt32LE(at - start, start)
  return at
}

/** Converts a JavaScript value, which may contain nodes, into a node. */
export function nodeOf(value: unknown): Node {
  if (isNode(value)) return value
  if (Array.isArray(value)) {
    return new Branch(
      value.map((item, i) => [String(i), nodeOf(item)] as const),
      true,
    )
  }
  if (isPlainObject(value))
    return new Branch(Object.entries(value).map(([name, inner]) => [name, nodeOf(inner)] as const))
  const [field] = parseTree(Buffer.from(BSON.serialize({ value }))).fields
  if (!field) throw new TypeError('not a BSON value')
  return field[1]
}

/** Converts a node to a JavaScript value, with the loss that this means. */
export function plainValue(node: Node): unknown {
  return BSON.deserialize(serializeTree(new Branch([['value', node]])), { promoteBuffers: true }).value
}

/** Returns the text of a string; undefined for other types. */
export function textOf(node: Node | undefined): string | undefined {
  if (node === undefined || node instanceof Branch || node.type !== STRING_TYPE) return undefined
  return node.bytes.toString('utf8', 4, node.bytes.length - 1)
}

/** Returns the BSON type of a value. */
export function typeOf(node: Node): number {
  if (!(node instanceof Branch)) return node.type
  return node.isArray ? ARRAY_TYPE : DOCUMENT_TYPE
}

/** Returns the nearest double of a number; undefined for other types. */
export function numberIn(node: Node | undefined): number | undefined {
  if (node === undefined || !NUMBER_TYPES.has(typeOf(node))) return undefined
  return Number(plainValue(node))
}

/** Returns a regular expression; undefined for other types. */
export function regexIn(node: Node | undefined): Leaf | undefined {
  return node === undefined || node instanceof Branch || node.type !== REGEX_TYPE ? undefined : node
}

/** Returns a document; undefined for arrays and other types. */
export function documentIn(node: Node | undefined): Branch | undefined {
  return node instanceof Branch && !node.isArray ? node : undefined
}

/** Returns an array; undefined for other types. */
export function arrayIn(node: Node | undefined): Branch | undefined {
  return node instanceof Branch && node.isArray ? node : undefined
}

function isNode(value: unknown): value is Node {
  return value instanceof Branch || (typeof value === 'object' && value !== null && 'bytes' in value && 'type' in value)
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
