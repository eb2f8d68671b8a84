import { createHash, createHmac, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

/** A key for tokens: one algorithm each, so that no token can choose another for it. */
interface TokenKey {
  algorithm: 'HS256' | 'ES256'
  /** Named in each token's header; says nothing of a secret. */
  kid: string
  /** The secret, or the public key as PEM. */
  verifies: string
  signs?: string
}

/** A key that signs as well: with the secret, or the private key as PEM. */
interface SigningKey extends TokenKey {
  signs: string
}

/** The keys in use: tokens are signed with the first and believed from any. */
export type TokenKeys = [SigningKey, ...TokenKey[]]

/** What the environment says of them; line ends of a PEM may be written as \n. */
interface Variables {
  JWT_SECRET?: string
  /** ES256: an EC key on P-256. */
  JWT_PRIVATE_KEY?: string
  /** What signed until now: a secret, or a key of a pair. */
  JWT_PREVIOUS?: string
}

/** One line for each variable that makes no key. */
export function tokenKeyFaults(variables: Variables): string[] {
  const { JWT_SECRET, JWT_PRIVATE_KEY, JWT_PREVIOUS } = variables
  const faults = []
  if (JWT_SECRET && JWT_PRIVATE_KEY) faults.push('JWT_SECRET and JWT_PRIVATE_KEY: one signs, the other is JWT_PREVIOUS')
  if (JWT_PRIVATE_KEY && !makes(signingPair, JWT_PRIVATE_KEY))
    faults.push('JWT_PRIVATE_KEY is no EC key on P-256 in PEM')
  if (JWT_PREVIOUS && !makes(retiredKey, JWT_PREVIOUS))
    faults.push('JWT_PREVIOUS is neither a secret nor an EC key on P-256')
  if (faults.length === 0) {
    const [current, previous] = tokenKeys(variables, String)
    if (current.kid === previous?.kid) faults.push('JWT_PREVIOUS is what signs now: it is for what signed before')
  }
  return faults
}

/** The keys of an environment without faults; the secret is made where nothing is given. */
export function tokenKeys({ JWT_SECRET, JWT_PRIVATE_KEY, JWT_PREVIOUS }: Variables, made: () => string): TokenKeys {
  const current = JWT_PRIVATE_KEY ? signingPair(JWT_PRIVATE_KEY) : secretKey(JWT_SECRET ?? made())
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
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('is no EC key on P-256')
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
