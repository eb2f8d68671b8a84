/**
 * `npm run build`: compiles the service and the dashboard to dist, with --client also the client, which no start of the service needs; each
 * unless it was compiled from the same sources. `npm run check` finds errors of types.
 */
import { buildClient } from './build-client.js'
import { buildDashboard } from './build-dashboard.js'
import { buildService } from './build-service.js'

await Promise.all([buildService(), buildDashboard(), process.argv.includes('--client') && buildClient()])
