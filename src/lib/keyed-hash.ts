import { createHmac, hkdfSync } from 'node:crypto'

/** What `DATA_SECRET` is used for. A label never changes: what was keyed by it would be found no more. */
const LABELS = {
  fingerprint: 'fingerprint of the data secret',
  refreshTokens: 'refresh tokens',
  attempts: 'failed sign-ins',
  pseudonyms: 'pseudonyms of the audit',
  people: 'people in sketches',
  tombstones: 'erased people',
  reports: 'people in reports',
  exports: 'people in exports',
  exportIds: 'ids in exports',
  exportPlaces: 'places in exports',
  exportMarks: 'marks of places in exports',
  sealedPeople: 'people who are being erased',
  datasets: 'ids in datasets',
} as const
type Label = keyof typeof LABELS

/** A hash that nobody can make, or try out, without the secret. */
export type KeyedHash = (text: string) => Buffer

/** HMAC-SHA-256 (32 bytes) under a key of its own for each label. */
export function keyedHash(secret: string, label: Label): KeyedHash {
  const key = derivedKey(secret, label)
  return text => createHmac('sha256', key).update(text).digest()
}

/** A key (32 bytes) for one use of the secret. Source: HKDF (RFC 5869). */
export function derivedKey(secret: string, label: Label): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', LABELS[label], 32))
}
