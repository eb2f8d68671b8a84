import type { mongo } from 'mongoose'
import { ConfigError } from '../config/config-error.ts'
import { keyedHash } from '../lib/keyed-hash.ts'
import { sendUpserts } from './writes.ts'

interface Fingerprint {
  _id: string
  fingerprint: string
}

const ID = 'dataSecret'

/**
 * Checks that the database was first used with this secret: with another one, stored hashes of people would no longer match.
 * @throws ConfigError when it was used with another secret
 */
export async function holdToDataSecret(db: mongo.Db, secret: string): Promise<void> {
  const fingerprint = fingerprintOf(secret)
  await sendUpserts(db, 'leases', [{ q: { _id: ID }, u: { $setOnInsert: { fingerprint } } }])
  const kept = await db.collection<Fingerprint>('leases').findOne({ _id: ID })
  if (kept?.fingerprint !== fingerprint) {
    throw new ConfigError(['DATA_SECRET differs from the one that this database was first used with'])
  }
}

/** Returns what tells two secrets apart without revealing them. */
export function fingerprintOf(secret: string): string {
  return keyedHash(secret, 'fingerprint')('').toString('base64url')
}
