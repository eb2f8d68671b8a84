import { LRUCache } from 'lru-cache'
import { keyedHash } from '../lib/keyed-hash.ts'

const NAME_DIGITS = 16
/** Small: what leaves a large cache late is garbage that is collected late. */
const CACHE_SIZE = 500

/** Returns the tombstone of a person, by which receipts of erasures name people. */
export type TombstoneOf = (person: string) => string

/**
 * The names of people in the lists of files: keyed hashes of 64 bits that differ from file to file, so that nobody can follow a person
 * from list to list. They are made of tombstones: a receipt is enough to find the files of a person.
 */
export class PeopleNames {
  readonly #hashOf
  readonly #tombstoneOf: TombstoneOf

  constructor(secret: string, tombstoneOf: TombstoneOf) {
    this.#hashOf = keyedHash(secret, 'archivePeople')
    this.#tombstoneOf = tombstoneOf
  }

  /** Returns the name that a person with that tombstone has in the list of a file. */
  nameOf(tombstone: string, path: string): string {
    return this.#hashOf(`${path} ${tombstone}`).toString('hex', 0, NAME_DIGITS / 2)
  }

  /** Begins the list of a file. */
  listOf(path: string): PeopleList {
    return new PeopleList(person => this.nameOf(this.#tombstoneOf(person), path))
  }
}

/** The people of a file. It takes some 100 bytes of memory for each. */
export class PeopleList {
  readonly #names = new Set<string>()
  readonly #cache: LRUCache<string, string>

  constructor(nameOf: (person: string) => string) {
    this.#cache = new LRUCache<string, string>({ max: CACHE_SIZE, memoMethod: nameOf })
  }

  get size(): number {
    return this.#names.size
  }

  add(person: string): void {
    this.#names.add(this.#cache.memo(person))
  }

  /** Returns the content of the list: the names, sorted, one a line. */
  bytes(): Buffer {
    return Buffer.from(
      [...this.#names]
        .sort()
        .map(name => `${name}\n`)
        .join(''),
    )
  }
}

/** Returns whether a list has one of the names. */
export function hasAny(list: Buffer, names: ReadonlySet<string>): boolean {
  for (let at = 0; at < list.length; at += NAME_DIGITS + 1)
    if (names.has(list.toString('latin1', at, at + NAME_DIGITS))) return true
  return false
}
