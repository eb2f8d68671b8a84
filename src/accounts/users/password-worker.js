// @ts-check
// Plain JavaScript, so that a worker thread loads the same file from the sources and from dist.
import { dictionary } from '@zxcvbn-ts/language-common'
import bcrypt from 'bcryptjs'

const commonest = new Set(dictionary['passwords-common'])

/** @param {{ password: string, cost: number }} job */
export function hash({ password, cost }) {
  return bcrypt.hash(password, cost)
}

/** @param {{ password: string, passwordHash: string }} job */
export function compare({ password, passwordHash }) {
  return bcrypt.compare(password, passwordHash)
}

/** Whether it, or what stands before its last digits and signs, is one of the 50,000 commonest. @param {string} password */
export function isCommon(password) {
  const plain = password.toLowerCase()
  return commonest.has(plain) || commonest.has(plain.replace(/[^\p{L}]+$/u, ''))
}
