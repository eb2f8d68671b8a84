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
 * Holds a database to the secret that it was first used with: with another one nobody would be found again.
 * @throws ConfigError when it was another
 */
export async function holdToDataSecret(db: mongo.Db, secret: string): Promise<void> {
  const fingerprint = keyedHash(secret, 'fingerprint')('').toString('base64url')
  await sendUpserts(db, 'leases', [{ q: { _id: ID }, u: { $setOnInsert: { fingerprint } } }])
  const kept = await db.collection<Fingerprint>('leases').findOne({ _id: ID })
  if (kept?.fingerprint !== fingerprint) {
    throw new ConfigError(['DATA_SECRET is not the one that this database was first used with'])
  }
}
