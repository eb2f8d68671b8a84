/**
 * `npm run build`: compiles the service and the dashboard to dist, each unless it was compiled from the same sources. `npm run check`
 * finds errors of types.
 */
import { buildDashboard } from './build-dashboard.js'
import { buildService } from './build-service.js'

await Promise.all([buildService(), buildDashboard()])
