import { createHmac, hkdfSync } from 'node:crypto'

/** What `DATA_SECRET` is used for. A label never changes: what was keyed by it would be found no more. */
export const LABELS = {
  fingerprint: 'fingerprint of the data secret',
  refreshTokens: 'refresh tokens',
  attempts: 'failed sign-ins',
  pseudonyms: 'pseudonyms of the audit',
  people: 'people in sketches',
  tombstones: 'erased people',
  sealedPeople: 'people who are being erased',
  datasets: 'ids in datasets',
} as const

/** A hash that nobody can make, or try out, without the secret. */
export type KeyedHash = (text: string) => Buffer

/** HMAC-SHA-256 (32 bytes) under a key of its own for each label, drawn from the secret by HKDF (RFC 5869). */
export function keyedHash(secret: string, label: keyof typeof LABELS): KeyedHash {
  const key = Buffer.from(hkdfSync('sha256', secret, '', LABELS[label], 32))
  return text => createHmac('sha256', key).update(text).digest()
}
