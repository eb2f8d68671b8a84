import { timingSafeEqual } from 'node:crypto'
import type { KeyedHash } from '../../lib/keyed-hash.ts'

/** What a refresh token says: which family, and which of its generations it is. */
export interface Claim {
  family: string
  generation: number
}

const SHAPE = /^([A-Za-z0-9-]{1,64})\.(0|[1-9][0-9]{0,9})\.([A-Za-z0-9_-]{43})$/

/** `family.generation.HMAC`: nothing of it need be kept to know it again. */
export function refreshToken({ family, generation }: Claim, hash: KeyedHash): string {
  const text = `${family}.${generation}`
  return `${text}.${hash(text).toString('base64url')}`
}

/** What a refresh token of ours says; null when it is not one. */
export function readRefreshToken(token: string, hash: KeyedHash): Claim | null {
  const [, family = '', generation = '', mac = ''] = SHAPE.exec(token) ?? []
  if (!family || !timingSafeEqual(hash(`${family}.${generation}`), Buffer.from(mac, 'base64url'))) return null
  return { family, generation: Number(generation) }
}
