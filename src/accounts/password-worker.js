// @ts-check
// Plain JavaScript, so that a worker thread loads the same file from the sources and from dist.
import bcrypt from 'bcryptjs'

/** @param {{ password: string, cost: number }} job */
export function hash({ password, cost }) {
  return bcrypt.hash(password, cost)
}

/** @param {{ password: string, passwordHash: string }} job */
export function compare({ password, passwordHash }) {
  return bcrypt.compare(password, passwordHash)
}
