import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DASHBOARD_SOURCES, DIST, filesBelow, fingerprintOf, ROOT, readText } from './sources.js'

export const DASHBOARD = join(DIST, 'dashboard')
/** The fingerprint of the sources, and the sources outside src/dashboard. */
const RECORD = join(DASHBOARD, '.sources')

/** Whether dist/dashboard was compiled from the sources as they are. */
export function isDashboardBuilt() {
  const [fingerprint, ...others] = readText(RECORD).split('\n')
  return fingerprint === fingerprintOf(sourcesWith(others))
}

/** Removes the old dashboard; the record goes first, so that a compilation that is killed leaves none. */
export function removeDashboard() {
  rmSync(RECORD, { force: true })
  rmSync(DASHBOARD, { recursive: true, force: true })
}

/** Returns the record of the sources. @param {string[]} others the paths in the checkout of those outside src/dashboard */
export function recordOf(others) {
  return [fingerprintOf(sourcesWith(others)), ...others].join('\n')
}

/** Records that dist/dashboard is complete. @param {string} record */
export function recordDashboard(record) {
  writeFileSync(RECORD, record)
}

/** @param {string[]} others */
function sourcesWith(others) {
  const tools = ['package-lock.json', 'tsconfig.json', 'scripts/start/compile-dashboard.js']
  return [...filesBelow(DASHBOARD_SOURCES), ...[...tools, ...others].map(name => join(ROOT, name))]
}
