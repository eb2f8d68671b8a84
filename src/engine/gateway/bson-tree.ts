import { BSON } from 'mongodb'

const DOCUMENT_TYPE = 3
const ARRAY_TYPE = 4
const STRING_TYPE = 2

/** A BSON value that is not parsed further. */
export interface Leaf {
  type: number
  bytes: Buffer
}

type Field = readonly [name: string, value: Node]

/** A document or array with its fields, in order. */
export class Branch {
  readonly isArray: boolean
  readonly fields: readonly Field[]

  constructor(fields: readonly Field[], isArray = false) {
    this.fields = fields
    this.isArray = isArray
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

/**
 * Parses a document.
 * @param depth the number of levels to parse; documents and arrays below them become leaves
 * @throws BSONError when it is malformed
 */
export function parseTree(document: Buffer, { isArray = false, depth = Number.POSITIVE_INFINITY } = {}): Branch {
  const fields: [string, Node][] = []
  for (const [type, nameOffset, nameLength, offset, length] of BSON.onDemand.parseToElements(document)) {
    const bytes = document.subarray(offset, offset + length)
    const isBranch = depth > 1 && (type === DOCUMENT_TYPE || type === ARRAY_TYPE)
    const value = isBranch ? parseTree(bytes, { isArray: type === ARRAY_TYPE, depth: depth - 1 }) : { type, bytes }
    fields.push([document.toString('utf8', nameOffset, nameOffset + nameLength), value])
  }
  return new Branch(fields, isArray)
}

/** Serializes a document or array. */
export function serializeTree({ fields, isArray }: Branch): Buffer {
  const elements = fields.flatMap(([name, value], i) => {
    const type = value instanceof Branch ? (value.isArray ? ARRAY_TYPE : DOCUMENT_TYPE) : value.type
    const bytes = value instanceof Branch ? serializeTree(value) : value.bytes
    return [Buffer.from(`${String.fromCharCode(type)}${isArray ? i : name}\0`), bytes]
  })
  const document = Buffer.concat([Buffer.alloc(4), ...elements, Buffer.alloc(1)])
  document.writeInt32LE(document.length)
  return document
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

/** Returns a raw document as a node, without parsing it. */
export function rawDocument(bytes: Buffer): Leaf {
  return { type: DOCUMENT_TYPE, bytes }
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
