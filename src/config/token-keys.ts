import { createHash, createHmac, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

/** A key that verifies access tokens, with exactly one algorithm: a token can not choose another. */
interface TokenKey {
  algorithm: 'HS256' | 'ES256'
  /** Key id in the header of each token; it reveals nothing of a secret. */
  kid: string
  /** The secret, or the public key as PEM. */
  verifies: string
  signs?: string
}

/** A key that also signs, with the secret or the private key as PEM. */
interface SigningKey extends TokenKey {
  signs: string
}

/** The keys in use: the first one signs, all of them verify. */
export type TokenKeys = [SigningKey, ...TokenKey[]]

/** Environment variables with keys; line breaks of a PEM may be written as \n. */
interface Variables {
  JWT_SECRET?: string
  /** ES256: an EC key on P-256. */
  JWT_PRIVATE_KEY?: string
  /** The key that signed before: a secret, or a private or public key. */
  JWT_PREVIOUS?: string
}

/** Returns one line for each variable that is not a valid key. */
export function tokenKeyFaults(variables: Variables): string[] {
  const { JWT_SECRET, JWT_PRIVATE_KEY, JWT_PREVIOUS } = variables
  const faults = []
  if (JWT_SECRET && JWT_PRIVATE_KEY)
    faults.push('JWT_SECRET and JWT_PRIVATE_KEY: set one of them; JWT_PREVIOUS takes the former key')
  if (JWT_PRIVATE_KEY && !makes(signingPair, JWT_PRIVATE_KEY))
    faults.push('JWT_PRIVATE_KEY is not an EC key on P-256 in PEM')
  if (JWT_PREVIOUS && !makes(retiredKey, JWT_PREVIOUS))
    faults.push('JWT_PREVIOUS is neither a secret nor an EC key on P-256')
  if (faults.length === 0) {
    const [current, previous] = tokenKeys(variables, String)
    if (current.kid === previous?.kid) faults.push('JWT_PREVIOUS is the current key: it must be the former one')
  }
  return faults
}

/**
 * Returns the keys of valid variables.
 * @param generate returns the secret when no key is given
 */
export function tokenKeys({ JWT_SECRET, JWT_PRIVATE_KEY, JWT_PREVIOUS }: Variables, generate: () => string): TokenKeys {
  const current = JWT_PRIVATE_KEY ? signingPair(JWT_PRIVATE_KEY) : secretKey(JWT_SECRET ?? generate())
  return JWT_PREVIOUS ? [current, retiredKey(JWT_PREVIOUS)] : [current]
}

function makes(make: (text: string) => TokenKey, text: string): boolean {
  try {
    make(text)
    return true
  } catch {
    return false
  }
}

function secretKey(secret: string): SigningKey {
  const kid = kidOf(createHmac('sha256', secret).update('kid').digest())
  return { algorithm: 'HS256', kid, verifies: secret, signs: secret }
}

function signingPair(pem: string): SigningKey {
  const key = createPrivateKey(linesOf(pem))
  const signs = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { ...publicKey(createPublicKey(key)), signs }
}

function retiredKey(text: string): TokenKey {
  return text.startsWith('-----BEGIN ') ? publicKey(createPublicKey(linesOf(text))) : secretKey(text)
}

function publicKey(key: KeyObject): TokenKey {
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('is not an EC key on P-256')
  const kid = kidOf(
    createHash('sha256')
      .update(key.export({ type: 'spki', format: 'der' }))
      .digest(),
  )
  return { algorithm: 'ES256', kid, verifies: key.export({ type: 'spki', format: 'pem' }).toString() }
}

function kidOf(hash: Buffer): string {
  return hash.toString('base64url').slice(0, 16)
}

function linesOf(pem: string): string {
  return pem.replaceAll('\\n', '\n')
}
