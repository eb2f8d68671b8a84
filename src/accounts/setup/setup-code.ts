import { timingSafeEqual } from 'node:crypto'
import type { KeyedHash } from '../../lib/keyed-hash.ts'

/** Crockford's alphabet of 32: no letter looks like another or like a digit. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LENGTH = 16

/**
 * Returns the code of a setup: 80 bits in four groups. All processes derive the same one, since they have the same data secret.
 * @param setups number of earlier setups: each code is valid once
 */
export function setupCode(setups: number, hash: KeyedHash): string {
  const letters = [...hash(String(setups)).subarray(0, LENGTH)].map(byte => ALPHABET.charAt(byte % ALPHABET.length))
  return letters.join('').replace(/.{4}(?=.)/g, '$&-')
}

/** Whether a given code is the right one, in capitals or not, with or without hyphens. Takes the same time for every wrong one. */
export function isCode(given: string, code: string, hash: KeyedHash): boolean {
  return timingSafeEqual(hash(lettersOf(given)), hash(lettersOf(code)))
}

function lettersOf(code: string): string {
  return code.toUpperCase().replaceAll(/[\s-]/g, '')
}
