/** What is built, where, and from which sources. */
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const DIST = join(ROOT, 'dist')
export const DASHBOARD_SOURCES = join(ROOT, 'src/dashboard')
export const CLIENT_SOURCES = join(ROOT, 'src/client')
export const TRACKER_SOURCES = join(ROOT, 'src/tracker')

/** Returns the paths of all files below a folder. @param {string} folder */
export function filesBelow(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath ?? entry.path, entry.name))
}

/** Returns a hash of files, of their names and contents; one that is missing counts as empty. @param {string[]} files */
export function fingerprintOf(files) {
  const hash = createHash('sha256')
  for (const file of files.toSorted())
    hash.update(relative(ROOT, file)).update(existsSync(file) ? readFileSync(file) : '')
  return hash.digest('hex')
}

/** Reads a text file; the empty string if it can not be read. @param {string} path */
export function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Ends the process with a message when dist can not be written to. @param {string} what is built there */
export function requireWritable(what) {
  try {
    mkdirSync(DIST, { recursive: true })
    accessSync(DIST, constants.W_OK)
  } catch (error) {
    process.stderr.write(`compiling ${what} failed: ${error instanceof Error && error.message}\n`)
    process.exit(1)
  }
}
