import { createHmac, hkdfSync } from 'node:crypto'

/** The uses of `DATA_SECRET`. A label must never change: stored hashes would no longer match. */
const LABELS = {
  fingerprint: 'fingerprint of the data secret',
  setupCodes: 'codes of the setup',
  refreshTokens: 'refresh tokens',
  attempts: 'failed sign-ins',
  pseudonyms: 'pseudonyms of the audit',
  people: 'people in sketches',
  tombstones: 'erased people',
  reports: 'people in reports',
  ownReports: 'people in own reports',
  exports: 'people in exports',
  exportIds: 'ids in exports',
  exportPlaces: 'places in exports',
  exportMarks: 'marks of places in exports',
  sealedPeople: 'people who are being erased',
  datasets: 'ids in datasets',
  archive: 'what the archive seals',
  archiveMarks: 'marks of what the archive seals',
  fileLinks: 'links to files of images',
  pixelVisitors: 'visitors of the pixel',
  archivePeople: 'people of files of the archive',
} as const
type Label = keyof typeof LABELS

/** A hash that can be neither computed nor tested against guesses without the secret. */
export type KeyedHash = (text: string) => Buffer

/** Returns an HMAC-SHA-256 (32 bytes) with a separate key for each label. */
export function keyedHash(secret: string, label: Label): KeyedHash {
  const key = derivedKey(secret, label)
  return text => createHmac('sha256', key).update(text).digest()
}

/** Derives the key (32 bytes) for one use of the secret. Source: HKDF (RFC 5869). */
export function derivedKey(secret: string, label: Label): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', LABELS[label], 32))
}
