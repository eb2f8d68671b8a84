// @ts-check
// Plain JavaScript, so that a worker thread can load the source. `scripts/start/build.js` compiles it too.
import { dictionary } from '@zxcvbn-ts/language-common'
import bcrypt from 'bcryptjs'

const commonPasswords = new Set(dictionary['passwords-common'])

/** Hashes a password with bcrypt. @param {{ password: string, cost: number }} job */
export function hash({ password, cost }) {
  return bcrypt.hash(password, cost)
}

/** Whether a password matches a bcrypt hash. @param {{ password: string, passwordHash: string }} job */
export function compare({ password, passwordHash }) {
  return bcrypt.compare(password, passwordHash)
}

/**
 * Whether a password is one of the 50,000 most common ones, as it is or without the digits and signs at its end.
 * @param {string} password
 */
export function isCommon(password) {
  const lowerCase = password.toLowerCase()
  return commonPasswords.has(lowerCase) || commonPasswords.has(lowerCase.replace(/[^\p{L}]+$/u, ''))
}
