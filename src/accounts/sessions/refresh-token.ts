import { timingSafeEqual } from 'node:crypto'
import type { KeyedHash } from '../../lib/keyed-hash.ts'

/** Content of a refresh token: its family, which is the session, and its generation. */
export interface Claim {
  family: string
  generation: number
}

const TOKEN_PATTERN = /^([A-Za-z0-9-]{1,64})\.(0|[1-9][0-9]{0,9})\.([A-Za-z0-9_-]{43})$/

/** Returns the refresh token `family.generation.HMAC`. It can be verified without being stored. */
export function refreshToken({ family, generation }: Claim, hash: KeyedHash): string {
  const text = `${family}.${generation}`
  return `${text}.${hash(text).toString('base64url')}`
}

/** Verifies a refresh token. @returns its content; null when the HMAC does not match */
export function readRefreshToken(token: string, hash: KeyedHash): Claim | null {
  const [, family = '', generation = '', mac = ''] = TOKEN_PATTERN.exec(token) ?? []
  if (!family || !timingSafeEqual(hash(`${family}.${generation}`), Buffer.from(mac, 'base64url'))) return null
  return { family, generation: Number(generation) }
}
