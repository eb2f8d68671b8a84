/**
 * `npm run build`: compiles the service, the dashboard and the tracker to dist, with --client also the client, which no start of the
 * service needs; each unless it was compiled from the same sources. `npm run check` finds errors of types.
 */
import { buildClient } from './build-client.js'
import { buildDashboard } from './build-dashboard.js'
import { buildService } from './build-service.js'
import { buildTracker } from './build-tracker.js'

await Promise.all([
  buildService(),
  buildDashboard(),
  buildTracker(),
  process.argv.includes('--client') && buildClient(),
])
