import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Reads the secret `name` in `folder`, and generates it on first use: 32 random bytes in base64url, in a file of mode 0600. Two
 * processes that generate it at once get the same one: the complete file is linked into place, which succeeds only once.
 */
export function keptSecret(folder: string, name: string): string {
  const path = join(folder, name)
  const draft = draftOf(path, randomBytes(32).toString('base64url'))
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(path, 'utf8')
}

/** Writes a secret to a file of mode 0600, in place of an earlier one. */
export function keepSecret(path: string, secret: string): void {
  renameSync(draftOf(path, secret), path)
}

/** Writes a secret to a new file beside `path`, whose folder is created if need be. @returns its path */
function draftOf(path: string, secret: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, secret, { mode: 0o600, flag: 'wx' })
  return draft
}
