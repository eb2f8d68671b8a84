import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { isDashboardBuilt } from './dashboard-sources.js'
import { requireWritable } from './sources.js'

const COMPILER = fileURLToPath(new URL('compile-dashboard.js', import.meta.url))

/**
 * Compiles the dashboard to dist/dashboard, unless it was compiled from the same sources. A process of its own does it: Vite sets
 * NODE_ENV, and `npm start` continues in this one. Ends this process when there are errors.
 */
export async function buildDashboard() {
  if (isDashboardBuilt()) return
  requireWritable('the dashboard')
  process.stdout.write('compiling the dashboard\n')
  const [code] = await once(spawn(process.execPath, [COMPILER], { stdio: ['ignore', 'inherit', 'inherit'] }), 'close')
  if (code !== 0) process.exit(1)
}
